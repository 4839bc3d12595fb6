import { inspect } from 'node:util'
import { test } from 'tap'
import { redact, redactError } from '../src/redact.ts'

const canary = 'c4n4ry'

test('credentials are cut out of a text', async (t) => {
  const cases: [text: string, safe: string][] = [
    [`no postgres://app:${canary}@db:5432/app`, 'no postgres://***@db:5432/app'],
    [`redis://:${canary}@cache`, 'redis://***@cache'],
    [`amqp://app:p@ss/${canary}@mq and more`, 'amqp://***@mq and more'],
    [`"postgres://u:it's-${canary}@db"`, '"postgres://***@db"'],
    [`a mongodb://u:${canary}@h1,h2 b`, 'a mongodb://***@h1,h2 b'],
    [`postgres%3A%2F%2Fapp%3A${canary}%40db`, 'postgres%3A%2F%2F***%40db'],
    [`postgres%253A%252F%252Fapp%253A${canary}%2540db`, 'postgres%3A%2F%2F***%40db'],
    [`host=db password=${canary} user=app`, 'host=db password=*** user=app'],
    [`/?user=app&password=${canary}&ssl=1`, '/?user=app&password=***&ssl=1'],
    [`{"password":"${canary}","user":"app"}`, '{"password":***,"user":"app"}'],
    [`{ passwd: '${canary}' }`, '{ passwd: *** }'],
    [`Authorization: Bearer ${canary}`, 'Authorization: Bearer ***'],
    [`authorization: Basic ${canary}=`, 'authorization: Basic ***'],
    [`api_key=${canary}`, 'api_key=***'],
    [`{"password":"a\\"${canary}"}`, '{"password":***}'],
    [`password='it''s ${canary}' user=app`, 'password=*** user=app'],
    [`{ pass: '${canary}' }`, '{ pass: *** }'],
    [`'password' => '${canary}'`, "'password' => ***"],
    [`secretAccessKey: ${canary}`, 'secretAccessKey: ***'],
    [`AWS_SECRET_ACCESS_KEY=${canary}`, 'AWS_SECRET_ACCESS_KEY=***'],
    [`private_key=${canary}`, 'private_key=***'],
    ['nothing here: a@b.example', 'nothing here: a@b.example']
  ]
  for (const [text, safe] of cases) t.equal(redact(text), safe)
})

test('a cut never leaves the first half of a URL with its password', async (t) => {
  const text = `${'x '.repeat(8186)}postgres://app:${canary}@db`
  for (let missing = 0; missing < 40; missing++) t.notMatch(redact(text.slice(missing)), /c4n/)
})

test('hostile texts take no more than linear time', async (t) => {
  for (const text of [
    '://'.repeat(1e6),
    'a'.repeat(1e6),
    '%3a%2f%2f'.repeat(1e6),
    'password='.repeat(1e6),
    `password="${'\\"'.repeat(1e6)}`
  ]) {
    const start = performance.now()
    redact(text)
    t.ok(performance.now() - start < 1000)
  }
})

test('a copy of an error has its type, message, stack, code, causes and errors, and no credentials', async (t) => {
  const url = `redis://app:${canary}@cache`
  const cause = new TypeError(`cause ${url}`, { cause: `deeper ${url}` })
  const error = new AggregateError([new Error(`one ${url}`), `two ${url}`], `many ${url}`, { cause })
  const copy = redactError(
    Object.assign(error, { code: 'E_X', command: { args: [canary] }, config: { password: canary } })
  ) as AggregateError & { code: string }
  t.notMatch(inspect(copy, { depth: 10, showHidden: true }), canary)
  t.equal(copy.name, 'AggregateError')
  t.equal(copy.message, 'many redis://***@cache')
  t.equal(copy.code, 'E_X')
  t.match(copy.stack, 'redact.test.ts')
  t.match(copy.cause, { name: 'TypeError', message: 'cause redis://***@cache' })
  t.match((copy.cause as Error).cause, { message: 'thrown: deeper redis://***@cache' })
  t.strictSame(
    copy.errors.map(({ message }) => message),
    ['one redis://***@cache', 'thrown: two redis://***@cache']
  )
})

test('anything can be thrown', async (t) => {
  t.equal(redactError(undefined).message, 'thrown: undefined')
  t.equal(redactError(7n).message, 'thrown: 7n')
  t.equal(redactError(Object.create(null)).message, 'thrown: [Object: null prototype] {}')
  const hostile = new Error('x')
  Object.defineProperty(hostile, 'message', {
    get() {
      throw new Error('no')
    }
  })
  t.equal(redactError(hostile).message, 'an error that can not be read')
  t.match(redactError(Object.assign(new Error('x'), { stack: undefined })), {
    message: 'x',
    stack: 'Error: x'
  })
  const circular = new Error('round')
  circular.cause = circular
  t.equal(redactError(circular).message, 'round')
  const wide = redactError(
    new AggregateError(Array.from({ length: 1000 }, () => new Error('x')))
  ) as AggregateError
  t.equal(wide.errors.length, 19)
})

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
  for (let length = 16_330; length < 16_400; length++) {
    const { message, stack } = redactError(new Error(`${'x'.repeat(length)} ${url}`))
    t.notMatch(`${message}${stack}`, /hunt/)
  }
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
