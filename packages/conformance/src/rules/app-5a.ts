import { fail, links, pass, type Rule, unknown } from '../rule.ts'
import { readHeartbeat } from './lib/heartbeat.ts'
import { atAnswer } from './lib/places.ts'

const rule: Rule = {
  id: 'APP-5a',
  level: 'SHOULD',
  title: 'The heartbeat says in JSON how each backing service is',
  looksAt: 'the body of /__heartbeat__ of a service',
  fix: 'Answer {"status":"ok","checks":{"database":"ok"},"details":{}}, with a member for each backing service.',
  link: links.app,
  *check({ services }) {
    for (const { heartbeat } of services) {
      const where = atAnswer(heartbeat)
      const { status } = heartbeat
      if (status !== 200 && !(status !== null && status >= 500)) {
        yield unknown('There is no heartbeat to look at.', where)
        continue
      }
      const { value } = readHeartbeat(heartbeat)
      const object = typeof value === 'object' && value !== null && !Array.isArray(value)
      if (object && Object.keys(value).length > 0) yield pass('The heartbeat is a JSON object.', where)
      else if (heartbeat.body.length === 0)
        yield fail('The heartbeat has no body: expected a JSON object.', where)
      else
        yield fail(
          `The heartbeat is ${object ? 'an empty object' : value === undefined ? 'not JSON' : 'not a JSON object'}: expected one that names each backing service.`,
          where
        )
    }
  }
}
export default rule
