import rule from '../../src/rules/app-5b.ts'
import { judges, run, service } from '../judge.ts'

const answers = (body: string, status: number) =>
  service({ '/__lbheartbeat__': [200], '/__heartbeat__': [status, body] })

judges(rule, {
  good: { 'a service that is down behind it': answers('{"status":"error","checks":{"db":"error"}}', 500) },
  bad: {},
  unclear: {
    'all is well': answers('{"status":"ok","checks":{"db":"ok"}}', 200),
    'a constant': answers('{"success":true}', 200),
    '502 of a proxy': answers('<html>', 502),
    'a run is not its own affair': run()
  }
})
