import { fail, links, pass, type Rule, unknown } from '../rule.ts'
import { atAnswer, outcomeOf } from './lib/places.ts'

const rule: Rule = {
  id: 'APP-5c',
  level: 'SHOULD',
  title: 'The heartbeat answers in bounded time',
  looksAt:
    'how long /__heartbeat__ of a service takes; a run that hangs a backing service (--run --dependency)',
  fix: 'Give each check of the heartbeat a timeout, below that of what asks.',
  link: links.app,
  *check({ services }) {
    for (const { heartbeat } of services) {
      const where = atAnswer(heartbeat)
      if (heartbeat.code === 'ETIMEDOUT') yield fail(`/__heartbeat__ ${outcomeOf(heartbeat)}.`, where)
      else if (heartbeat.status !== 200 && !(heartbeat.status !== null && heartbeat.status >= 500))
        yield unknown('There is no heartbeat to time.', where)
      else if (heartbeat.failure) yield fail(`/__heartbeat__ ${outcomeOf(heartbeat)}.`, where)
      else yield pass('The heartbeat answers in time.', where)
    }
  }
}
export default rule
