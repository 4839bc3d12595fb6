import { links, pass, type Rule, unknown } from '../rule.ts'
import { readHeartbeat } from './lib/heartbeat.ts'
import { atAnswer } from './lib/places.ts'

const rule: Rule = {
  id: 'APP-5b',
  level: 'SHOULD',
  title: 'The heartbeat checks the backing services',
  looksAt: 'the heartbeat of a service while one of them is down; a run that cuts one (--run --dependency)',
  fix: 'Ask each backing service in the heartbeat, such as SELECT 1, and answer 503 where one does not answer.',
  link: links.app,
  *check({ services }) {
    for (const { heartbeat } of services) {
      const { names, errors } = readHeartbeat(heartbeat)
      const down =
        heartbeat.status !== null && heartbeat.status >= 500 && errors.length > 0 && names.length > 0
      if (down)
        yield pass(
          `The heartbeat answers ${heartbeat.status}, and says why: ${errors[0]}.`,
          atAnswer(heartbeat)
        )
      else
        yield unknown(
          'Whether it asks them shows only while one is down.',
          atAnswer(heartbeat),
          'Use docker://IMAGE --run --dependency NAME=PORT.'
        )
    }
  }
}
export default rule
