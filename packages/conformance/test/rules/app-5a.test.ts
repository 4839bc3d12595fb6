import rule from '../../src/rules/app-5a.ts'
import { judges, service } from '../judge.ts'

const answers = (body: string, status = 200) =>
  service({ '/__lbheartbeat__': [200], '/__heartbeat__': [status, body] })

judges(rule, {
  good: {
    'python-dockerflow': answers('{"status":"ok","checks":{"database":"ok"},"details":{}}'),
    booleans: answers('{"database":true,"cache":false}', 503),
    objects: answers('{"database":{"up":true,"time":3}}')
  },
  bad: {
    text: [answers('OK'), /not JSON/],
    'no body': [answers(''), /no body/],
    'an integer': [answers('1'), /not a JSON object/],
    'an empty object': [answers('{}'), /an empty object/]
  },
  unclear: { '404': answers('', 404) }
})
