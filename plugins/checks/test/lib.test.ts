import { setTimeout as sleep } from 'node:timers/promises'
import { test } from 'tap'
import { abortable } from '../src/lib/abortable.ts'
import { isReadOnly } from '../src/lib/drivers/mysql.ts'
import { oneQuestion } from '../src/lib/one-question.ts'
import { perRun } from '../src/lib/per-run.ts'

/** Aborted in a moment. (`AbortSignal.timeout()` doesn't keep the process alive.) */
function soon(): AbortSignal {
  const controller = new AbortController()
  setTimeout(() => controller.abort(), 20)
  return controller.signal
}

test('abortable settles as its task does, and leaves no listener', async (t) => {
  const { signal } = new AbortController()
  let listeners = 0
  const watched = Object.assign(Object.create(signal), {
    addEventListener: () => listeners++,
    removeEventListener: () => listeners--,
    throwIfAborted() {}
  }) as AbortSignal
  t.equal(await abortable(watched, () => 7), 7)
  await t.rejects(
    abortable(watched, () => Promise.reject(new Error('no'))),
    { message: 'no' }
  )
  t.equal(listeners, 0)
})

test('abortable starts nothing once it is aborted', async (t) => {
  let started = false
  const aborted = abortable(AbortSignal.abort(new Error('too late')), () => {
    started = true
  })
  await t.rejects(aborted, { message: 'too late' })
  t.notOk(started)
})

test('an aborted task rejects with the reason, with what destroying threw, and never with what the task throws', async (t) => {
  const task = (signal: AbortSignal) => () =>
    new Promise<never>((_resolve, reject) =>
      signal.addEventListener('abort', () => reject(new Error('ended by its driver')))
    )
  const one = soon()
  await t.rejects(abortable(one, task(one)), { name: 'AbortError' })
  const other = soon()
  const destroy = () => {
    throw new Error('no socket')
  }
  await t.rejects(abortable(other, task(other), destroy), {
    errors: [{ message: 'no socket' }],
    cause: { name: 'AbortError' }
  })
})

test('a server that only speaks the protocol of MySQL has no read-only state', async (t) => {
  const answers = { '00': false, OFFOFF: false, '10': true, '01': true, ONOFF: true }
  for (const [answer, expected] of Object.entries(answers)) {
    t.equal(await isReadOnly(Promise.resolve([{ answer }])), expected, answer)
  }
  t.equal(await isReadOnly(Promise.resolve([])), false, 'it answers without a row')
  t.equal(await isReadOnly(Promise.resolve([{ answer: null }])), false)
  const refusal = (errno: number): Promise<unknown> =>
    Promise.reject(Object.assign(new Error('refused'), { errno }))
  t.equal(await isReadOnly(refusal(1193)), false, "it doesn't know the variable")
  await t.rejects(isReadOnly(refusal(1045)), Object.assign(new Error('refused'), { errno: 1045 }))
})

test('a question that is open is not asked again, one that was answered is', async (t) => {
  let asked = 0
  let answer = Promise.withResolvers<number>()
  const ask = oneQuestion(() => {
    asked++
    return answer.promise
  })
  const [subject, other] = [{}, {}]
  const { signal } = new AbortController()
  await t.rejects(ask(subject, soon()))
  const [one, two] = [ask(subject, signal), ask(subject, signal)]
  t.equal(asked, 1)
  const third = ask(other, signal)
  t.equal(asked, 2, 'another subject is asked on its own')
  answer.resolve(7)
  t.strictSame(await Promise.all([one, two, third]), [7, 7, 7])
  answer = Promise.withResolvers()
  answer.reject(new Error('no'))
  await t.rejects(ask(subject, signal), { message: 'no' })
  t.equal(asked, 3)
})

test('a question that fails unheard is no unhandled rejection', async (t) => {
  const answer = Promise.withResolvers<number>()
  const ask = oneQuestion(() => answer.promise)
  await t.rejects(ask({}, soon()))
  answer.reject(new Error('no'))
  await sleep(10)
})

test('what a run opened ends with the run', async (t) => {
  const signals: AbortSignal[] = []
  const check = perRun(async (signal) => {
    signals.push(signal)
  })
  await check.run(new AbortController())
  t.ok(signals[0]?.aborted)
  check.kill?.()
  await check.close?.()
})

test('kill ends a run', async (t) => {
  const check = perRun(() => new Promise(() => {}))
  const running = check.run(new AbortController())
  check.kill?.()
  await t.rejects(running as Promise<void>, { message: 'the check was ended' })
})
