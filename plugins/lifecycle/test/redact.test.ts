import { inspect } from 'node:util'
import { test } from 'tap'
import { redactError } from '../src/redact.ts'

const shown = (thrown: unknown) =>
  inspect(redactError(thrown), { depth: Infinity, maxStringLength: Infinity })

test('a password is cut out to its last character, whatever is in it', async (t) => {
  const cases: [message: string, told: string][] = [
    ['{"password":"hunt\\"er2 and more","db":"app"}', '{"password":***,"db":"app"}'],
    ["pwd='hunt\\'er2', db", 'pwd=***, db'],
    [JSON.stringify({ body: '{"password":"hunter2"}' }), '{"body":"{\\"password\\":***}'],
    ['postgres://app:hunt@er2@db/app', 'postgres://***@db/app'],
    ['url=https://x.example/?access_token=hunter2&page=1', 'url=https://x.example/?access_token=***&page=1']
  ]
  for (const [message, told] of cases) {
    t.equal(redactError(new Error(message)).message, told)
    t.notMatch(shown(new Error('no query', { cause: new Error(message) })), /hunt|er2/)
  }
})

test('a text that is cut short is not cut within a credential', async (t) => {
  const url = 'postgres://app:hunter2@db/app'
  for (let length = 19_950; length < 20_010; length++) {
    const { message, stack } = redactError(new Error(`${'x'.repeat(length)} ${url}`))
    t.notMatch(`${message}${stack}`, /hunt/)
  }
  t.equal(redactError(new Error(`what failed: ${'x'.repeat(30_000)}`)).message, 'what failed:')
})

test('of errors that lead back to themselves no more than 20 are told', async (t) => {
  const cause = new Error('round and round')
  cause.cause = cause
  const all = new AggregateError(
    Array.from({ length: 30 }, () => cause),
    'all failed'
  )
  all.errors.unshift(all)
  all.cause = all
  const count = ({ cause, errors = [] }: Partial<AggregateError>): number =>
    [cause, ...errors].reduce((sum, err) => sum + (err ? count(err) : 0), 1)
  t.equal(count(redactError(all)), 20)
})
