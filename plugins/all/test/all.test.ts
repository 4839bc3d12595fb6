import Fastify from 'fastify'
import { type Test, test } from 'tap'
import dockerflow, { dockerflowServerOptions, type FastifyDockerflowOptions } from '../src/index.ts'

const version = { source: 'https://example.com/shop', version: '1.2.3', commit: '', build: '' }

async function build(t: Test, opts: FastifyDockerflowOptions = {}) {
  const lines: string[] = []
  const stream = { write: (line: string) => void lines.push(line) }
  const app = Fastify(dockerflowServerOptions({ logger: 'shop', stream }))
  t.teardown(() => app.close())
  await app.register(dockerflow, { version: { version }, ...opts })
  return { app, lines: () => lines.map((line) => JSON.parse(line)) }
}

test('without options a service complies: the three endpoints, and mozlog', async (t) => {
  const { app, lines } = await build(t)
  t.equal((await app.inject('/__lbheartbeat__')).body, 'OK')
  t.same((await app.inject('/__heartbeat__')).json(), { status: 'ok', checks: {}, details: {} })
  t.same((await app.inject('/__version__')).json(), version)
  t.equal((await app.inject('/__error__')).statusCode, 404, 'off until it is asked for')
  t.strictSame(
    lines()
      .filter(({ Type }) => Type === 'request.summary')
      .map(({ Logger, Fields }) => [Logger, Fields.path]),
    ['/__lbheartbeat__', '/__heartbeat__', '/__version__', '/__error__'].map((path) => ['shop', path])
  )
})

test("each plugin takes its options from the member of its name, and the decorators are the app's", async (t) => {
  const { app } = await build(t, {
    lifecycle: { maxBodyBytes: 10 },
    lbheartbeat: { url: '/up' },
    heartbeat: { checks: { db: () => {} } },
    error: { token: 'a-token' },
    statsd: { metricsUrl: '/metrics' }
  })
  app.lbheartbeat.drain()
  t.equal((await app.inject('/up')).statusCode, 503)
  t.same((await app.heartbeat.run()).checks, { db: 'ok' })
  t.equal((await app.inject('/__error__')).statusCode, 401)
  t.match((await app.inject('/metrics')).body, 'http_requests')
  t.same(app.versionObject, version)
  t.type(app.statsd.increment, 'function')
  const headers = { 'content-type': 'application/json' }
  const res = await app.inject({ method: 'POST', url: '/up', headers, payload: '"longer than ten bytes"' })
  t.equal(res.statusCode, 503)
  t.equal(app.lifecycle.signal.aborted, false)
})

test('false leaves a plugin out', async (t) => {
  const { app, lines } = await build(t, { version: false, heartbeat: false, statsd: false, mozlog: false })
  t.equal((await app.inject('/__version__')).statusCode, 404)
  t.equal((await app.inject('/__heartbeat__')).statusCode, 404)
  t.equal((await app.inject('/__lbheartbeat__')).statusCode, 200)
  t.notOk(app.hasDecorator('statsd'))
  t.notOk(lines().some(({ Type }) => Type === 'request.summary'))
})

test('a bad option is a coded TypeError while registering that names the option', async (t) => {
  const cases: [opts: object, code: string, message: string][] = [
    [
      { hearbeat: {} },
      'DOCKERFLOW_ALL_INVALID_OPTION',
      '@dockerflow/all: option "hearbeat" is unknown; the options are: mozlog, lifecycle, lbheartbeat, version, heartbeat, statsd, error'
    ],
    [
      { heartbeat: true },
      'DOCKERFLOW_ALL_INVALID_OPTION',
      '@dockerflow/all: option "heartbeat" must be the options of @dockerflow/heartbeat, or false'
    ],
    [
      { heartbeat: null },
      'DOCKERFLOW_ALL_INVALID_OPTION',
      '@dockerflow/all: option "heartbeat" must be the options of @dockerflow/heartbeat, or false'
    ],
    [
      { statsd: [] },
      'DOCKERFLOW_ALL_INVALID_OPTION',
      '@dockerflow/all: option "statsd" must be the options of @dockerflow/statsd, or false'
    ],
    [
      { lbheartbeat: { ulr: '/up' } },
      'DOCKERFLOW_LBHEARTBEAT_INVALID_OPTION',
      '@dockerflow/lbheartbeat: option "ulr" is unknown; the options are: url'
    ]
  ]
  for (const [opts, code, message] of cases) {
    const error = await build(t, opts).catch((err) => err)
    t.ok(error instanceof TypeError)
    t.match(error, { code, message })
  }
})

test('the error for an app with another logger names what this package has for it', async (t) => {
  const app = Fastify({ logger: { stream: { write() {} } } })
  t.teardown(() => app.close())
  const error = await app.register(dockerflow).then(
    () => undefined,
    (err) => err
  )
  t.match(error, { code: 'DOCKERFLOW_MOZLOG_FOREIGN_LOGGER' })
  t.match(error.message, 'Fastify(dockerflowServerOptions()) of @dockerflow/all')
  t.match(error.message, 'mozlog: false')
  const other = Fastify({ logger: { stream: { write() {} } } })
  t.teardown(() => other.close())
  await other.register(dockerflow, { mozlog: false, version: { version } })
  t.equal((await other.inject('/__lbheartbeat__')).statusCode, 200)
})
