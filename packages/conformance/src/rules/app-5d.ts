import { fail, links, pass, type Rule, unknown } from '../rule.ts'
import { readHeartbeat } from './lib/heartbeat.ts'
import { atAnswer } from './lib/places.ts'

const rule: Rule = {
  id: 'APP-5d',
  level: 'MUST',
  title: 'A heartbeat of 200 does not say that something is wrong',
  looksAt: 'status and body of /__heartbeat__ of a service',
  fix: 'Answer 500 or 503 where the body says that a check failed.',
  link: links.app,
  *check({ services }) {
    for (const { heartbeat } of services) {
      const where = atAnswer(heartbeat)
      if (heartbeat.status !== 200) {
        yield unknown('The heartbeat does not answer 200 now.', where)
        continue
      }
      const { errors } = readHeartbeat(heartbeat)
      if (errors.length > 0)
        yield fail(`The heartbeat answers 200, but ${errors.slice(0, 3).join(', ')}: expected 5xx.`, where)
      else yield pass('The heartbeat answers 200, and says nothing else.', where)
    }
  }
}
export default rule
