import rule from '../../src/rules/app-6a.ts'
import { judges, service } from '../judge.ts'

const answers = (lbheartbeat: number, heartbeat: number, body: string) =>
  service({ '/__lbheartbeat__': [lbheartbeat], '/__heartbeat__': [heartbeat, body] })

judges(rule, {
  good: { 'a database is down': answers(200, 500, '{"checks":{"db":"error"}}') },
  bad: { 'both are down': [answers(500, 500, '{"checks":{"db":"error"}}'), /answers 500 too/] },
  unclear: {
    'all is well': answers(200, 200, '{}'),
    'a proxy': answers(200, 502, '<html>'),
    'no lbheartbeat': answers(404, 500, '{"checks":{"db":"error"}}')
  }
})
