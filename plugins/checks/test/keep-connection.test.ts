import { setTimeout as sleep } from 'node:timers/promises'
import type { CheckResult } from '@dockerflow/heartbeat'
import { type Test, test } from 'tap'
import { borrowConnection } from '../src/lib/borrow-connection.ts'
import { type KeepOptions, keepConnection } from '../src/lib/keep-connection.ts'
import { perRun } from '../src/lib/per-run.ts'
import { drive } from './suite.ts'

/** A check whose connections do as the test says, and what became of them. */
function scripted(answer: (connection: number) => CheckResult | Promise<CheckResult>, options?: KeepOptions) {
  const log: string[] = []
  const state = { made: 0, lost: () => {}, destroy: () => {} }
  const check = keepConnection((lost) => {
    const number = ++state.made
    state.lost = lost
    return {
      open: async () => void log.push(`open ${number}`),
      ask: async () => answer(number),
      destroy() {
        log.push(`destroy ${number}`)
        state.destroy()
      }
    }
  }, options)
  return { check, log, state }
}

const readOnly = { level: 40, id: 'app.E001', message: 'read-only' }
const slow = { level: 30, id: 'app.W001', message: 'slow' }
const undestroyed = {
  level: 30,
  id: 'dockerflow.health.W003',
  message: 'a connection of the check could not be destroyed'
}
const problem = new Error('no handle')
const throws = () => {
  throw problem
}

/** Lets a test say what time it is. */
function clock(t: Test): { ms: number } {
  const time = { ms: 1000 }
  const { now } = performance
  performance.now = () => time.ms
  t.teardown(() => {
    performance.now = now
  })
  return time
}

test('a failing answer on a kept connection is asked for once more, on a new one', async (t) => {
  let failing = 0
  const { check, log } = scripted((number) => (number <= failing ? readOnly : slow))
  t.strictSame((await drive(check)).messages, [slow], 'a warning keeps the connection')
  t.strictSame((await drive(check)).messages, [slow])
  t.strictSame(log, ['open 1'])
  failing = 1
  t.strictSame((await drive(check)).messages, [slow])
  t.strictSame(log, ['open 1', 'destroy 1', 'open 2'])
  failing = 4
  t.strictSame((await drive(check)).messages, [readOnly], 'asked twice, not more')
  t.strictSame((await drive(check)).messages, [readOnly])
  t.strictSame(log.slice(3), ['destroy 2', 'open 3', 'destroy 3', 'open 4', 'destroy 4'])
  t.strictSame((await drive(check)).messages, [slow])
  await check.close?.()
})

test('a connection is replaced when it is too old, a little earlier than the option says', async (t) => {
  const time = clock(t)
  const { check, log } = scripted(() => undefined, { maxAge: 1000 })
  await drive(check)
  time.ms += 799
  await drive(check)
  t.strictSame(log, ['open 1'])
  time.ms += 201
  t.strictSame((await drive(check)).messages, [])
  t.strictSame(log, ['open 1', 'destroy 1', 'open 2'])
  await check.close?.()

  const forever = scripted(() => undefined, { maxAge: 0 })
  await drive(forever.check)
  time.ms += 1e9
  await drive(forever.check)
  t.equal(forever.state.made, 1)
})

test('a connection that can not be destroyed when it is lost or too old is a warning', async (t) => {
  const time = clock(t)
  const { check, state } = scripted(() => undefined, { maxAge: 1000 })
  await drive(check)
  state.destroy = throws
  state.lost()
  t.match((await drive(check)).messages, [{ ...undestroyed, err: problem }])
  t.strictSame((await drive(check)).messages, [], 'once')
  time.ms += 1000
  t.match((await drive(check)).messages, [{ ...undestroyed, err: problem }])
  state.lost()
  state.lost()
  t.throws(() => check.close?.(), problem, 'at the latest when the check is closed')
})

test('a connection that can not be destroyed when a run fails is part of the error', async (t) => {
  const refused = Object.assign(new Error('refused'), { code: 'ECONNREFUSED' })
  const { check, state } = scripted(() => Promise.reject(refused))
  state.destroy = throws
  const expected = { message: 'the connection could not be destroyed', cause: refused, errors: [problem] }
  t.match((await drive(check)).err, expected)

  const hung = scripted(() => new Promise(() => {}))
  hung.state.destroy = throws
  const outcome = await drive(hung.check, 20)
  t.match(outcome, { timedOut: true, killed: false, wedged: false })
  t.match(outcome.err, { errors: [problem], cause: { message: 'timed out' } })
  await hung.check.close?.()
})

test('a borrowed connection that can not be destroyed is part of the error', async (t) => {
  const lender = { acquire: async () => 1, release: () => {}, destroy: throws }
  const hung = borrowConnection({ ...lender, ask: () => new Promise<void>(() => {}) })
  t.match((await drive(hung, 20)).err, { errors: [problem], cause: { message: 'timed out' } })
  const failing = borrowConnection({
    ...lender,
    ask: async () => {},
    release: () => Promise.reject(new Error('not of this pool'))
  })
  t.match((await drive(failing)).err, { errors: [problem], cause: { message: 'not of this pool' } })
})

test('what a run opened and can not be destroyed is a warning, or part of the error', async (t) => {
  const well = perRun(async (_signal, atEnd) => {
    atEnd(throws)
    return slow
  })
  t.match((await drive(well)).messages, [slow, { ...undestroyed, err: problem }])
  const silent = perRun(async (_signal, atEnd) => atEnd(throws))
  t.match((await drive(silent)).messages, [{ ...undestroyed, err: problem }])
  const hung = perRun(async (_signal, atEnd) => {
    atEnd(throws)
    await new Promise(() => {})
  })
  t.match((await drive(hung, 20)).err, { errors: [problem], cause: { message: 'timed out' } })
  const late = perRun(async (_signal, atEnd) => {
    await sleep(60)
    atEnd(throws)
  })
  t.match((await drive(late, 20)).err, { message: 'timed out' })
  await sleep(60)
})
