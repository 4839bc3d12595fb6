import { fail, links, pass, type Rule } from '../rule.ts'
import { atAnswer, outcomeOf } from './lib/places.ts'

const rule: Rule = {
  id: 'APP-6',
  level: 'MUST',
  title: '/__lbheartbeat__ answers 200',
  looksAt: '/__lbheartbeat__ of a service',
  fix: 'Answer 200 at /__lbheartbeat__, and ask nothing else there. Where the service lives under a path, use --prefix.',
  link: links.app,
  *check({ services }) {
    for (const { lbheartbeat } of services) {
      if (lbheartbeat.status === 200 && !lbheartbeat.failure)
        yield pass('/__lbheartbeat__ answers 200.', atAnswer(lbheartbeat))
      else yield fail(`/__lbheartbeat__ ${outcomeOf(lbheartbeat)}: expected 200.`, atAnswer(lbheartbeat))
    }
  }
}
export default rule
