import { fail, links, pass, type Rule } from '../rule.ts'
import { atAnswer, outcomeOf } from './lib/places.ts'

const rule: Rule = {
  id: 'APP-5',
  level: 'MUST',
  title: '/__heartbeat__ answers 200, or 5xx on an error',
  looksAt: '/__heartbeat__ of a service',
  fix: 'Answer 200 at /__heartbeat__, and 500 or 503 where a backing service is down.',
  link: links.app,
  *check({ services }) {
    for (const { heartbeat } of services) {
      const { status, failure } = heartbeat
      const fits = status === 200 || (status !== null && status >= 500 && status <= 599)
      if (fits && !failure) yield pass(`The heartbeat answers ${status}.`, atAnswer(heartbeat))
      else
        yield fail(
          `/__heartbeat__ ${outcomeOf(heartbeat)}: expected 200, or 5xx on an error.`,
          atAnswer(heartbeat)
        )
    }
  }
}
export default rule
