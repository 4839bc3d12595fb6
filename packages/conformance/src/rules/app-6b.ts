import { type Finding, fail, links, pass, type Rule, unknown } from '../rule.ts'
import type { ServiceFacts } from '../service/facts.ts'
import { readHeartbeat, shapeOf } from './lib/heartbeat.ts'
import { atAnswer } from './lib/places.ts'

function ofService({ heartbeat, lbheartbeat }: ServiceFacts): Finding {
  const where = atAnswer(lbheartbeat)
  if (lbheartbeat.status === null || lbheartbeat.status === 404 || heartbeat.status === null)
    return unknown('There are not two answers to compare.', where)
  const own = readHeartbeat(lbheartbeat)
  const other = readHeartbeat(heartbeat)
  const same = own.value !== undefined && shapeOf(own.value) === shapeOf(other.value)
  if (same && own.names.length > 0)
    return fail(
      `/__lbheartbeat__ answers as the heartbeat does, of ${own.names.slice(0, 3).join(', ')}: it is the same handler.`,
      where
    )
  const checks =
    typeof own.value === 'object' && own.value !== null && 'checks' in own.value
      ? own.value.checks
      : undefined
  if (typeof checks === 'object' && checks !== null && Object.keys(checks).length > 0) {
    return fail(
      `/__lbheartbeat__ reports ${Object.keys(checks).slice(0, 3).join(', ')}: it checks backing services.`,
      where
    )
  }
  if (same || lbheartbeat.body.equals(heartbeat.body))
    return unknown('Both answer the same, which says nothing of backing services.', where)
  return pass('/__lbheartbeat__ answers otherwise than the heartbeat.', where)
}

const rule: Rule = {
  id: 'APP-6b',
  level: 'MUST',
  title: '/__lbheartbeat__ is not the handler of the heartbeat',
  looksAt: '/__lbheartbeat__ and /__heartbeat__ of a service, side by side',
  fix: 'Give /__lbheartbeat__ a handler of its own, which answers 200 and asks nothing.',
  link: links.app,
  *check({ services }) {
    for (const service of services) yield ofService(service)
  }
}
export default rule
