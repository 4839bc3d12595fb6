import Fastify from 'fastify'
import { test } from 'tap'
import fastifyHeartbeat, { type FastifyHeartbeatOptions, type HeartbeatCheck } from '../src/index.ts'
import { readCheckOptions } from '../src/options.ts'

const build = async (opts: object = {}) => {
  const app = Fastify()
  await app.register(fastifyHeartbeat, opts as FastifyHeartbeatOptions)
  await app.close()
  return app
}
const run = () => {}

test('a bad option is a coded TypeError while registering that names the option', async (t) => {
  const known =
    'url, checks, silenced, failedStatusCode, failAt, details, hide, wait, timeout, connectTimeout, ttl, maxStale, slow, level, failureThreshold, successThreshold, interval'
  const inCheck =
    'run, connect, kill, close, wait, timeout, connectTimeout, ttl, maxStale, slow, level, failureThreshold, successThreshold, interval'
  const cases: [opts: object, name: string, expected: string][] = [
    [{ url: 7 }, 'url', 'must be a path that starts with "/"'],
    [{ url: 'up' }, 'url', 'must be a path that starts with "/"'],
    [{ prefix: '/v1' }, 'prefix', `is unknown; the options are: ${known}`],
    [{ time: 5 }, 'time', `is unknown; the options are: ${known}`],
    [{ checks: [] }, 'checks', 'must be an object of checks by name'],
    [{ checks: null }, 'checks', 'must be an object of checks by name'],
    [{ checks: 'db' }, 'checks', 'must be an object of checks by name'],
    // None of these has checks of its own: the heartbeat would be well for good.
    [{ checks: new Map([['db', run]]) }, 'checks', 'must be an object of checks by name'],
    [{ checks: Promise.resolve({ db: run }) }, 'checks', 'must be an object of checks by name'],
    [{ checks: { __proto__: { db: run } } }, 'checks', 'must be an object of checks by name'],
    [{ silenced: 'app.W001' }, 'silenced', 'must be an array of message ids'],
    [{ silenced: [7] }, 'silenced', 'must be an array of message ids'],
    [{ failedStatusCode: 304 }, 'failedStatusCode', 'must be 200, or an integer from 400 to 599'],
    [{ failedStatusCode: 600 }, 'failedStatusCode', 'must be 200, or an integer from 400 to 599'],
    [{ failedStatusCode: '503' }, 'failedStatusCode', 'must be 200, or an integer from 400 to 599'],
    [{ failAt: 0 }, 'failAt', 'must be a number above 0, such as Level.ERROR'],
    [{ failAt: 'error' }, 'failAt', 'must be a number above 0, such as Level.ERROR'],
    [{ details: 'yes' }, 'details', 'must be true, false or a function of the request'],
    [{ hide: 1 }, 'hide', 'must be true or false'],
    [{ wait: -1 }, 'wait', 'must be a number of milliseconds from 0 to 2147483647'],
    [{ wait: null }, 'wait', 'must be a number of milliseconds from 0 to 2147483647'],
    [{ ttl: Number.NaN }, 'ttl', 'must be a number of milliseconds from 0 to 2147483647'],
    [{ ttl: '1000' }, 'ttl', 'must be a number of milliseconds from 0 to 2147483647'],
    [{ timeout: 0 }, 'timeout', 'must be a number of milliseconds from 1 to 2147483647'],
    [{ timeout: Infinity }, 'timeout', 'must be a number of milliseconds from 1 to 2147483647'],
    [{ connectTimeout: 2 ** 31 }, 'connectTimeout', 'must be a number of milliseconds from 1 to 2147483647'],
    [{ level: 0 }, 'level', 'must be a number above 0, such as Level.ERROR'],
    [{ failureThreshold: 1.5 }, 'failureThreshold', 'must be a whole number from 1 to 1000'],
    [{ successThreshold: 0 }, 'successThreshold', 'must be a whole number from 1 to 1000'],
    [
      { interval: 5000, maxStale: 5999 },
      'maxStale',
      'must be at least 6000, the longest time between two runs with interval 5000'
    ],
    [{ checks: { db: 7 } }, 'checks.db', 'must be a function, or an object with run()'],
    [{ checks: { db: null } }, 'checks.db', 'must be a function, or an object with run()'],
    [{ checks: { db: { kill: run } } }, 'checks.db', 'must be a function, or an object with run()'],
    [{ checks: { db: { run, kill: 7 } } }, 'checks.db.kill', 'must be a function'],
    [{ checks: { db: { run, timeOut: 5 } } }, 'checks.db.timeOut', `is unknown; the options are: ${inCheck}`],
    [
      { checks: { db: { run, ttl: -5 } } },
      'checks.db.ttl',
      'must be a number of milliseconds from 0 to 2147483647'
    ]
  ]
  for (const [opts, name, expected] of cases) {
    const error = await build(opts).catch((err) => err)
    t.ok(error instanceof TypeError)
    const message = `@dockerflow/heartbeat: option "${name}" ${expected}`
    t.match(error, { code: 'DOCKERFLOW_HEARTBEAT_INVALID_OPTION', message })
  }
  await t.resolves(build({ url: undefined, ttl: undefined, checks: undefined }), 'undefined is the default')
  await t.resolves(build({ interval: 5000, maxStale: 6000 }))
})

test('ttl, maxStale and interval can each be given without the others', async (t) => {
  for (const opts of [
    { ttl: 60_000 },
    { maxStale: 100 },
    { interval: 60_000 },
    { interval: 50, maxStale: 100 }
  ]) {
    await t.resolves(build(opts))
    await t.resolves(build({ checks: { db: { run, ...opts } } }))
  }
  t.match(readCheckOptions({ interval: 60_000 }), { maxStale: 120_000 }, 'a poll has the time to end')
  t.match(readCheckOptions({ interval: 1000 }), { maxStale: 5000 })
})

test('a check may be an instance of a class, with members of its own', async (t) => {
  class Probe {
    timeout = 50
    client = {}
    run() {}
  }
  await t.resolves(build({ checks: { db: new Probe() } }))
})

test('a name that can not be a key of the payload is refused', async (t) => {
  const length = 'must be a string of 1 to 100 characters'
  const cases: [name: unknown, message: string][] = [
    ['', `the check name "" ${length}`],
    ['x'.repeat(101), `the check name "${'x'.repeat(100)}" ${length}`],
    [7, `the check name of type number ${length}`],
    ['__proto__', 'the check name "__proto__" is one that every object has'],
    ['constructor', 'the check name "constructor" is one that every object has']
  ]
  for (const [name, message] of cases) {
    const app = Fastify()
    await app.register(fastifyHeartbeat)
    const error = (() => {
      try {
        return app.heartbeat.addCheck(name as string, run)
      } catch (err) {
        return err
      }
    })()
    t.ok(error instanceof TypeError)
    t.match(error, {
      code: 'DOCKERFLOW_HEARTBEAT_INVALID_NAME',
      message: `@dockerflow/heartbeat: ${message}`
    })
    await app.close()
  }
  const checks = JSON.parse('{"__proto__": 1}') as Record<string, HeartbeatCheck>
  await t.rejects(build({ checks }), { code: 'DOCKERFLOW_HEARTBEAT_INVALID_NAME' })
})

test('a name that is taken is refused, and a Unicode one is served', async (t) => {
  const app = Fastify()
  await app.register(fastifyHeartbeat, { checks: { 'база 🐘': run } })
  t.throws(() => app.heartbeat.addCheck('база 🐘', run), {
    code: 'DOCKERFLOW_HEARTBEAT_DUPLICATE_CHECK',
    message: '@dockerflow/heartbeat: there is a check named "база 🐘" already'
  })
  t.equal((await app.inject('/__heartbeat__')).body, '{"status":"ok","checks":{"база 🐘":"ok"},"details":{}}')
  await app.close()
})

test('url, failedStatusCode, failAt and details do what they say', async (t) => {
  const app = Fastify()
  await app.register(fastifyHeartbeat, {
    url: '/health',
    checks: { db: () => ({ level: 30, id: 'app.W1', message: 'slow' }) },
    failAt: 30,
    failedStatusCode: 500,
    details: (request) => request.headers.authorization === 'Bearer t'
  })
  const res = await app.inject('/health')
  t.equal(res.statusCode, 500)
  t.equal(res.body, '{"status":"warning"}')
  t.match((await app.inject({ url: '/health', headers: { authorization: 'Bearer t' } })).json(), {
    checks: { db: 'warning' }
  })
  t.strictSame(Object.keys(await app.heartbeat.run()), ['status', 'checks', 'details'])
  await app.close()
})

test('a prefix that would move the default path is a coded error that says what to do', async (t) => {
  const app = Fastify()
  t.teardown(() => app.close())
  app.register(async (ops) => ops.register(fastifyHeartbeat, { checks: {} }), { prefix: '/ops' })
  await t.rejects(async () => app.ready(), {
    code: 'DOCKERFLOW_HEARTBEAT_PREFIXED_SCOPE',
    message:
      '@dockerflow/heartbeat: the scope\'s prefix would move "/__heartbeat__" to "/ops/__heartbeat__"; register the plugin outside of that scope, or set the option "url" if you mean it'
  })
})

test('a second registration is a coded error that names the plugin', async (t) => {
  const app = Fastify()
  t.teardown(() => app.close())
  await app.register(fastifyHeartbeat, { checks: {} })
  await t.rejects(async () => app.register(fastifyHeartbeat, { checks: {} }), {
    code: 'DOCKERFLOW_HEARTBEAT_ALREADY_REGISTERED',
    message: '@dockerflow/heartbeat: the plugin is registered already; register it once'
  })
})
