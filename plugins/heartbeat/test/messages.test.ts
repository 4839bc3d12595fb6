import { test } from 'tap'
import type { CheckResult } from '../src/check.ts'
import { failed, readResult } from '../src/messages.ts'

const invalid = [
  {
    level: 40,
    id: 'dockerflow.health.E102',
    message: 'check "db" returned something other than messages of { level, id, message }'
  }
]

test('a result that is garbage is an error that names the check', async (t) => {
  const message = { level: 30, id: 'app.W1', message: 'text' }
  const circular: unknown[] = []
  circular.push(circular)
  const garbage: unknown[] = [
    'text',
    null,
    7,
    7n,
    true,
    {},
    circular,
    [message, null],
    new Array(3),
    { ...message, id: undefined },
    { ...message, id: '' },
    { ...message, level: '30' },
    { ...message, level: 30n },
    { ...message, level: Number.NaN },
    { ...message, level: Infinity },
    { ...message, message: circular },
    { ...message, message: undefined },
    {
      get level() {
        throw new Error('a getter that throws')
      }
    }
  ]
  for (const result of garbage) t.strictSame(readResult('db', result as CheckResult), invalid)
})

test('a message of 1 MB is cut, and so is an id', async (t) => {
  const [message] = readResult('db', { level: 30, id: 'i '.repeat(5e5), message: 'm '.repeat(5e5) })
  t.equal(message?.message, `${'m '.repeat(500)}…`)
  t.equal(message?.id, `${'i '.repeat(50)}…`)
})

test('of very many messages the worst 50 are kept', async (t) => {
  const messages = Array.from({ length: 1000 }, (_, i) => ({ level: i, id: `app.${i}`, message: '' }))
  const kept = readResult('db', messages)
  t.equal(kept.length, 50)
  t.equal(kept[0]?.level, 999)
})

test('the credentials in a message of the author are cut out', async (t) => {
  const [message] = readResult('db', { level: 30, id: 'app.W1', message: 'no postgres://app:s3cret@db/app' })
  t.equal(message?.message, 'no postgres://***@db/app')
})

test('of an error only a code of a fixed set leaves the process, its own or that of its cause', async (t) => {
  const coded = (code: unknown, cause?: unknown) => Object.assign(new Error('s3cret', { cause }), { code })
  t.equal(failed(40, coded('ECONNREFUSED')).message, 'check failed: ECONNREFUSED')
  t.equal(failed(40, coded('28P01')).message, 'check failed: 28P01')
  t.equal(failed(40, coded(undefined, coded('ENOTFOUND'))).message, 'check failed: ENOTFOUND')
  const hostile = {
    get code() {
      throw new Error('no')
    }
  }
  for (const code of ['s3cret', 'A', 'A'.repeat(41), 'NO SPACE', 28, null, {}]) {
    t.equal(failed(40, coded(code)).message, 'check failed')
  }
  for (const thrown of [undefined, null, 's3cret', hostile]) {
    t.equal(failed(40, thrown).message, 'check failed')
  }
  const [message] = readResult('db', { level: 40, id: 'app.E1', message: 'no', err: coded('ETIMEDOUT') })
  t.equal(message?.message, 'no: ETIMEDOUT')
})
