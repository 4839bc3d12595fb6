import { test } from 'tap'
import { memoryCheck } from '../src/memory.ts'
import { drive } from './suite.ts'

test('memory within the limit is well, near it a warning, beyond it a failure', async (t) => {
  for (const measure of ['rss', 'heap'] as const) {
    const messages = async (limit: number) => (await drive(memoryCheck({ measure, limit }))).messages
    const used = measure === 'rss' ? process.memoryUsage.rss() : process.memoryUsage().heapUsed
    t.strictSame(await messages(used * 10), [])
    t.strictSame((await drive(memoryCheck({ measure, limit: used * 10, warnAt: 0.01 }))).messages, [
      { level: 30, id: 'dockerflow.health.W012', message: 'memory is almost used up' }
    ])
    t.strictSame(await messages(used / 2), [
      { level: 40, id: 'dockerflow.health.E012', message: 'memory is almost used up' }
    ])
  }
})

test('the limit is that of the container or the machine, or of the heap', async (t) => {
  t.strictSame((await drive(memoryCheck())).messages, [])
  t.strictSame((await drive(memoryCheck({ measure: 'heap' }))).messages, [])
})

test('a wrong option is a coded TypeError', async (t) => {
  const cases: [options: object, message: string][] = [
    [{ measure: 'swap' }, 'option "measure" of memoryCheck must be "rss" or "heap"'],
    [{ limit: '1 GB' }, 'option "limit" of memoryCheck must be a number above 0'],
    [{ warnAt: 90 }, 'option "warnAt" of memoryCheck must be a number above 0 and at most 1']
  ]
  for (const [options, message] of cases) {
    t.throws(() => memoryCheck(options), {
      code: 'DOCKERFLOW_CHECKS_INVALID_OPTION',
      message: `@dockerflow/checks: ${message}`
    })
  }
})
