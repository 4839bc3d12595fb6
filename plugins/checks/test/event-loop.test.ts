import { setTimeout as sleep } from 'node:timers/promises'
import { test } from 'tap'
import { eventLoopCheck } from '../src/event-loop.ts'
import { drive } from './suite.ts'

/** Holds the event loop up for this long, in ms. */
function block(ms: number): void {
  const end = performance.now() + ms
  while (performance.now() < end);
}

test('a delay since the last run is a warning, a longer one a failure, and it is forgotten', async (t) => {
  const check = eventLoopCheck({ warnAt: 200, failAt: 3_600_000, percentile: 100 })
  const strict = eventLoopCheck({ warnAt: 100, failAt: 200, percentile: 100 })
  t.teardown(() => {
    check.close?.()
    strict.close?.()
  })
  t.strictSame((await drive(check)).messages, [], 'nothing was measured yet')
  await sleep(50)
  block(500)
  await sleep(50)
  t.strictSame((await drive(check)).messages, [
    { level: 30, id: 'dockerflow.health.W013', message: 'the event loop is late' }
  ])
  t.strictSame((await drive(strict)).messages, [
    { level: 40, id: 'dockerflow.health.E013', message: 'the event loop is late' }
  ])
  t.strictSame((await drive(check)).messages, [])
})

test('a wrong option is a coded TypeError', async (t) => {
  const cases: [options: object, message: string][] = [
    [{ warnAt: 0 }, 'option "warnAt" of eventLoopCheck must be a number above 0'],
    [{ percentile: 101 }, 'option "percentile" of eventLoopCheck must be a number above 0 and at most 100']
  ]
  for (const [options, message] of cases) {
    t.throws(() => eventLoopCheck(options), {
      code: 'DOCKERFLOW_CHECKS_INVALID_OPTION',
      message: `@dockerflow/checks: ${message}`
    })
  }
})
