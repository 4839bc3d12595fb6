import { fail, links, pass, type Rule, unknown } from '../rule.ts'
import { readHeartbeat } from './lib/heartbeat.ts'
import { atAnswer } from './lib/places.ts'

const rule: Rule = {
  id: 'APP-6a',
  level: 'MUST',
  title: '/__lbheartbeat__ answers 200 while backing services are down or hang',
  looksAt:
    'a service whose heartbeat says that one is down; a run that cuts and hangs one (--run --dependency)',
  fix: 'Answer 200 at /__lbheartbeat__ without asking any backing service.',
  link: links.app,
  *check({ services }) {
    for (const { heartbeat, lbheartbeat } of services) {
      const where = atAnswer(lbheartbeat)
      const down =
        heartbeat.status !== null && heartbeat.status >= 500 && readHeartbeat(heartbeat).errors.length > 0
      if (down && lbheartbeat.status === 200)
        yield pass('A backing service is down, and /__lbheartbeat__ answers 200.', where)
      else if (down && lbheartbeat.status !== null && lbheartbeat.status >= 500) {
        yield fail(
          `A backing service is down, and /__lbheartbeat__ answers ${lbheartbeat.status} too.`,
          where
        )
      } else
        yield unknown(
          'Whether it asks them shows only while one is down.',
          where,
          'Use docker://IMAGE --run --dependency NAME=PORT.'
        )
    }
  }
}
export default rule
