import type { CheckOptions } from '@dockerflow/heartbeat'
import { test } from 'tap'
import { boolean, defineCheck, oneOf, positive, text } from '../src/index.ts'

interface Options extends CheckOptions {
  name?: string
  strict?: boolean
  mode?: 'fast' | 'slow'
  limit?: number
}

const definition = {
  name: 'thingCheck',
  client: { accepts: (value: unknown) => typeof value === 'string', expected: 'a string' },
  options: { name: text, strict: boolean, mode: oneOf('fast', 'slow'), limit: positive }
}

test("a check has the engine's options beside what it does", async (t) => {
  const run = () => {}
  const plain = defineCheck<string, Options>({ ...definition, build: () => run })
  t.strictSame(plain('thing'), { run })
  t.strictSame(plain('thing', { ttl: 5, name: 'x' }), { run, ttl: 5 })
  const object = defineCheck<string, Options>({ ...definition, build: () => ({ run, ttl: 1, wait: 2 }) })
  t.strictSame(object('thing', { ttl: 5 }), { run, ttl: 5, wait: 2 })
})

test('the options are those of the moment', async (t) => {
  const options: Options = { name: 'one' }
  let given: Options = {}
  defineCheck<string, Options>({
    ...definition,
    build: (_client, options) => {
      given = options
      return () => {}
    }
  })('thing', options)
  options.name = 'other'
  t.equal(given.name, 'one')
})

test('a wrong client and wrong options are coded TypeErrors, which never hold the value', async (t) => {
  const check = defineCheck<string, Options>({ ...definition, build: () => () => {} })
  const all =
    'name, strict, mode, limit, wait, timeout, connectTimeout, ttl, maxStale, slow, level, failureThreshold, successThreshold, interval'
  const cases: [options: object, message: string][] = [
    [{ name: '' }, '@dockerflow/checks: option "name" of thingCheck must be a string that is not empty'],
    [{ name: null }, '@dockerflow/checks: option "name" of thingCheck must be a string that is not empty'],
    [{ strict: 'yes' }, '@dockerflow/checks: option "strict" of thingCheck must be true or false'],
    [{ mode: 'secret' }, '@dockerflow/checks: option "mode" of thingCheck must be "fast" or "slow"'],
    [{ limit: 0 }, '@dockerflow/checks: option "limit" of thingCheck must be a number above 0'],
    [{ limit: '5' }, '@dockerflow/checks: option "limit" of thingCheck must be a number above 0'],
    [{ ttll: 5 }, `@dockerflow/checks: option "ttll" of thingCheck is unknown; the options are: ${all}`],
    [
      { constructor: 5 },
      `@dockerflow/checks: option "constructor" of thingCheck is unknown; the options are: ${all}`
    ]
  ]
  for (const [options, message] of cases) {
    const err = thrown(() => check('thing', options))
    t.ok(err instanceof TypeError)
    t.match(err, { code: 'DOCKERFLOW_CHECKS_INVALID_OPTION', message })
  }
  t.doesNotThrow(() => check('thing', { name: undefined, ttl: undefined }), 'undefined is the default')
  const err = thrown(() => check(7 as never))
  t.ok(err instanceof TypeError)
  t.match(err, {
    code: 'DOCKERFLOW_CHECKS_INVALID_CLIENT',
    message: '@dockerflow/checks: thingCheck must be given a string'
  })
})

function thrown(fn: () => unknown): unknown {
  try {
    fn()
  } catch (err) {
    return err
  }
  return undefined
}
