import rule from '../../src/rules/app-6b.ts'
import { judges, service } from '../judge.ts'

const answers = (lbheartbeat: string, heartbeat: string, status = 200) =>
  service({ '/__lbheartbeat__': [status, lbheartbeat], '/__heartbeat__': [200, heartbeat] })
const python = '{"status":"ok","checks":{"database":"ok"},"details":{}}'

judges(rule, {
  good: {
    'no body': answers('', python),
    text: answers('OK', python),
    'metrics of a pool': answers('{"active_connections":3,"idle_connections":1}', python)
  },
  bad: {
    'the same': [answers(python, python), /the same handler/],
    'the same but for times': [
      answers('{"database":{"up":true,"time":3}}', '{"database":{"up":true,"time":4}}'),
      /the same handler/
    ],
    'checks of its own': [answers('{"checks":{"database":"ok"}}', python), /reports database/]
  },
  unclear: {
    'OK and OK': answers('OK', 'OK'),
    'two constants': answers('{"status":"ok"}', '{"status":"ok"}'),
    '404': answers('', python, 404)
  }
})
