import { test } from 'tap'
import { cachedLookup } from '../src/lookup.ts'

type Answer = [err: Error | null, address: string, family: number]
type Callback = (...answer: Answer) => void

/** A resolver that answers on command. */
function resolver() {
  const asked: Callback[] = []
  const resolve = (_host: string, _family: number, callback: Callback) => {
    asked.push(callback)
  }
  return { asked, resolve }
}

test('asks once, however many wait, and keeps the answer, good or bad', async (t) => {
  for (const answer of [
    [null, '127.0.0.1', 4],
    [new Error('ENOTFOUND'), '', 0]
  ] as Answer[]) {
    const { asked, resolve } = resolver()
    const lookup = cachedLookup(60_000, resolve)
    const answers: unknown[][] = []
    for (let i = 0; i < 3; i++) lookup('statsd', 4, (...found) => answers.push(found))
    t.equal(asked.length, 1)
    asked[0]?.(...answer)
    lookup('statsd', 4, (...found) => answers.push(found))
    t.strictSame(answers, [answer, answer, answer, answer])
    t.equal(asked.length, 1)
  }
})

test('asks again once the answer is too old', async (t) => {
  const { asked, resolve } = resolver()
  const lookup = cachedLookup(0, resolve)
  const answers: unknown[] = []
  lookup('statsd', 4, (_err, address) => answers.push(address))
  asked[0]?.(null, '127.0.0.1', 4)
  lookup('statsd', 4, (_err, address) => answers.push(address))
  asked[1]?.(null, '127.0.0.2', 4)
  t.strictSame(answers, ['127.0.0.1', '127.0.0.2'])
})

test('an address is its own answer, and is not kept as that of the name', async (t) => {
  const { asked, resolve } = resolver()
  const lookup = cachedLookup(60_000, resolve)
  const answers: Answer[] = []
  lookup('0.0.0.0', 4, (...found) => answers.push(found))
  lookup('::1', 4, (...found) => answers.push(found))
  t.equal(asked.length, 0)
  lookup('statsd', 4, (...found) => answers.push(found))
  asked[0]?.(null, '127.0.0.1', 4)
  t.strictSame(answers, [
    [null, '0.0.0.0', 4],
    [null, '::1', 6],
    [null, '127.0.0.1', 4]
  ])
})
