import { once } from 'node:events'
import { connect } from 'node:net'
import fastifyHeartbeat, { error } from '@dockerflow/heartbeat'
import Fastify, { type FastifyServerOptions } from 'fastify'
import { type Test, test } from 'tap'
import fastifyStatsd, { type FastifyStatsdOptions } from '../src/index.ts'
import { statsd } from './fixtures/udp.ts'

const host = '127.0.0.1'

async function build(t: Test, opts: FastifyStatsdOptions, server: FastifyServerOptions = {}) {
  const app = Fastify(server)
  t.teardown(() => app.close())
  await app.register(fastifyStatsd, opts)
  app.get('/hello/:name', async () => 'hello')
  app.get('/fail', async () => {
    throw new Error('on purpose')
  })
  app.get('/hang', () => new Promise(() => {}))
  return app
}

/** Runs with these environment variables and no other of the kind. */
function withEnv(t: Test, env: Partial<Record<string, string>>): void {
  const names = ['STATSD_HOST', 'STATSD_PORT', 'STATD_PORT']
  const before = names.map((name) => [name, process.env[name]] as const)
  for (const name of names) delete process.env[name]
  Object.assign(process.env, env)
  t.teardown(() => {
    for (const [name, value] of before) {
      if (value === undefined) delete process.env[name]
      else process.env[name] = value
    }
  })
}

test('counts and times each request, by method, route and class of status', async (t) => {
  const server = await statsd(t)
  const app = await build(t, { host, port: server.port, prefix: 'demo', tags: { env: 'test' } })
  const origin = await app.listen({ port: 0 })
  await fetch(`${origin}/hello/ann`)
  await fetch(`${origin}/hello/bob?q=1`, { method: 'HEAD' })
  await fetch(`${origin}/hello/bob`)
  await fetch(`${origin}/fail`)
  await fetch(`${origin}/nowhere`, { method: 'POST' })
  await app.close()
  await server.until(() => server.sum('demo.http.requests') === 5)
  const expected: [number, string, string, string][] = [
    [2, 'GET', '/hello/:name', '2xx'],
    [1, 'HEAD', '/hello/:name', '2xx'],
    [1, 'GET', '/fail', '5xx'],
    [1, 'POST', 'none', '4xx']
  ]
  for (const [count, method, route, status] of expected) {
    const tags = { method, route, status, env: 'test' }
    t.equal(server.sum('demo.http.requests', tags), count, `${method} ${route}`)
    const timings = server.lines.filter(
      (line) =>
        line.name === 'demo.http.request.duration' && line.tags.method === method && line.tags.route === route
    )
    t.equal(timings.length, count)
    for (const line of timings) t.match(line, { type: 'ms', rate: 1, tags })
    t.ok(timings.every(({ value }) => value > 0))
  }
})

test('counts a request that the client gives up, once, and one that is injected', async (t) => {
  const server = await statsd(t)
  const app = await build(t, { host, port: server.port, interval: 50 })
  const { port } = new URL(await app.listen({ port: 0, host }))
  const socket = connect(Number(port), host)
  socket.write('GET /hang HTTP/1.1\r\nHost: a\r\n\r\n')
  await once(app.server, 'request')
  socket.destroy()
  await app.inject('/hello/ann')
  await server.until(() => server.sum('http.requests') === 2)
  await app.close()
  t.equal(server.sum('http.requests', { route: '/hang', status: 'aborted' }), 1)
  t.equal(server.sum('http.requests', { route: '/hello/:name', status: '2xx' }), 1)
  t.equal(server.sum('http.requests'), 2)
})

test('a websocket is counted as 1xx, and its duration is none of an answer', async (t) => {
  const server = await statsd(t)
  const app = await build(t, { host, port: server.port, interval: 50 })
  app.get('/ws', (_request, reply) => {
    reply.hijack()
    // As @dockerflow/mozlog notes it.
    reply.raw.statusCode = 101
    reply.raw.destroy()
  })
  const origin = await app.listen({ port: 0, host })
  await fetch(`${origin}/ws`).catch(() => {})
  await server.until(() => server.sum('http.requests') === 1)
  await app.close()
  t.equal(server.sum('http.requests', { route: '/ws', status: '1xx' }), 1)
  t.equal(server.lines.filter(({ name }) => name === 'http.request.duration').length, 0)
})

test('measures the event loop and memory, again and again', async (t) => {
  const server = await statsd(t)
  const app = await build(t, { host, port: server.port, interval: 30 })
  await app.ready()
  const gauges = () => server.lines.filter(({ type }) => type === 'g')
  await server.until(() => gauges().length >= 14)
  t.strictSame([...new Set(gauges().map(({ name }) => name))].sort(), [
    'eventloop.delay_max_ms',
    'eventloop.delay_mean_ms',
    'eventloop.delay_p99_ms',
    'memory.external_bytes',
    'memory.heap_total_bytes',
    'memory.heap_used_bytes',
    'memory.rss_bytes'
  ])
  const rss = gauges().find(({ name }) => name === 'memory.rss_bytes')
  t.ok(Number(rss?.value) > 10_000_000)
})

test("counts the heartbeat's results and times its runs, by check, whatever is registered first", async (t) => {
  const server = await statsd(t)
  const checks = {
    db: () => {},
    cache: () => error('app.E001', 'gone'),
    odd: () => ({ level: 42, id: 'app.X1', message: 'odd' })
  }
  for (const first of ['heartbeat', 'statsd']) {
    const app = Fastify()
    t.teardown(() => app.close())
    if (first === 'heartbeat') await app.register(fastifyHeartbeat, { checks })
    await app.register(fastifyStatsd, { host, port: server.port, tags: { first } })
    if (first === 'statsd') await app.register(fastifyHeartbeat, { checks })
    t.equal((await app.inject('/__heartbeat__')).statusCode, 503)
    await app.close()
    await server.until(() => server.sum('heartbeat.results', { first }) === 3)
    t.equal(server.sum('heartbeat.results', { first, check: 'db', status: 'ok' }), 1)
    t.equal(server.sum('heartbeat.results', { first, check: 'cache', status: 'error' }), 1)
    t.equal(server.sum('heartbeat.results', { first, check: 'odd', status: 'unknown' }), 1)
    const runs = server.lines.filter(
      ({ name, tags }) => name === 'heartbeat.duration' && tags.first === first
    )
    t.strictSame(runs.map(({ tags }) => tags.check).sort(), ['cache', 'db', 'odd'])
  }
})

test('a decorator called heartbeat that is of someone else is let be', async (t) => {
  const app = await build(t, { host })
  app.decorate('heartbeat', { interval: 1000 } as never)
  t.equal((await app.inject('/hello/ann')).statusCode, 200)
})

test("the app's own metrics go the same way; what would break a line is replaced", async (t) => {
  const server = await statsd(t)
  const app = await build(t, { host, port: server.port, prefix: 'demo.' })
  app.statsd.increment('jobs')
  app.statsd.increment('jobs', 2)
  app.statsd.increment('jobs', 3, { queue: 'mail|c\nx:1|c' })
  app.statsd.timing('job', 12.34567)
  app.statsd.gauge('depth', -7)
  app.statsd.gauge('depth', 8)
  app.statsd.increment('a:1|c\nb')
  for (const value of [Number.NaN, Infinity, -1, '7' as unknown as number]) app.statsd.increment('bad', value)
  app.statsd.timing('bad', Number.NaN)
  app.statsd.gauge('bad', -Infinity)
  await app.close()
  await server.until(() => server.sum('demo.jobs') === 6)
  const own = server.lines.map(({ name, value, type, tags }) => [name, value, type, tags])
  t.strictSame(own, [
    ['demo.jobs', 3, 'c', {}],
    ['demo.jobs', 3, 'c', { queue: 'mail_c_x:1_c' }],
    ['demo.job', 12.346, 'ms', {}],
    ['demo.depth', 8, 'g', {}],
    ['demo.a_1_c_b', 1, 'c', {}]
  ])
})

test('a gauge below 0 is set to 0 first: with a sign alone statsd would take it from what was there', async (t) => {
  const server = await statsd(t)
  const app = await build(t, { host, port: server.port })
  app.statsd.gauge('balance', 5)
  app.statsd.gauge('balance', -7, { account: 'a' })
  app.statsd.increment('done')
  await app.close()
  await server.until(() => server.sum('done') === 1)
  const gauges = server.lines.filter(({ type }) => type === 'g')
  t.strictSame(
    gauges.map(({ name, value, type, tags }) => [name, value, type, tags]),
    [
      ['balance', 5, 'g', {}],
      ['balance', 0, 'g', { account: 'a' }],
      ['balance', -7, 'g', { account: 'a' }]
    ]
  )
})

test('a name that is none throws nothing, wherever metrics go: where they go nowhere it does not either', async (t) => {
  const server = await statsd(t)
  for (const opts of [{}, { host, port: server.port, metricsUrl: '/metrics' }]) {
    withEnv(t, {})
    const app = await build(t, opts)
    for (const name of [undefined, null, '', 7, Symbol('a'), 'done']) {
      t.doesNotThrow(() => app.statsd.increment(name as string))
    }
    await app.close()
  }
  await server.until(() => server.sum('done') === 1)
  t.strictSame(
    server.lines.map(({ name }) => name),
    ['undefined', 'null', '_', '7', 'Symbol_a_', 'done']
  )
})

test('a tag that can not be is a coded error at once, wherever metrics go', async (t) => {
  const server = await statsd(t)
  const kept = 'has a name that Prometheus keeps for itself'
  const cases: [tags: object, tag: string, fault: string][] = [
    [{ __name__: 'a' }, '__name__', kept],
    [{ '-.name': 'a' }, '-.name', kept],
    [{ le: '5' }, 'le', kept],
    [{ quantile: '0.5' }, 'quantile', kept],
    [{ '': 'a' }, '', 'must have a name'],
    [{ queue: Symbol('mail') }, 'queue', 'must have a string as its value'],
    [{ queue: Object.create(null) }, 'queue', 'must have a string as its value']
  ]
  for (const opts of [{}, { host, port: server.port }, { metricsUrl: '/metrics' }]) {
    withEnv(t, {})
    const app = await build(t, opts)
    for (const [tags, tag, fault] of cases) {
      const expected = {
        code: 'DOCKERFLOW_STATSD_INVALID_TAG',
        message: `@dockerflow/statsd: the tag "${tag}" ${fault}`
      }
      // Twice: what is known of a series must not let it pass.
      for (let turn = 0; turn < 2; turn++) {
        t.throws(() => app.statsd.increment('jobs', 1, tags as never), expected)
        t.throws(() => app.statsd.timing('job', 1, tags as never), expected)
        t.throws(() => app.statsd.gauge('depth', 1, tags as never), expected)
      }
    }
    t.doesNotThrow(() => app.statsd.increment('jobs', 1, { _name: 'a', len: 'b' }))
    await app.close()
  }
})

test('sends no more than 100 timings of a series at a time, with the rate that tells how many there were', async (t) => {
  for (const sampleRate of [1, 0.5]) {
    const server = await statsd(t)
    const app = await build(t, { host, port: server.port, sampleRate })
    for (let i = 1; i <= 10_000; i++) app.statsd.timing('job', i)
    app.statsd.increment('done', 10_000)
    await app.close()
    await server.until(() => server.sum('done') === 10_000)
    const timings = server.lines.filter(({ type }) => type === 'ms')
    t.equal(timings.length, 100)
    const reckoned = timings.reduce((sum, { rate }) => sum + 1 / rate, 0)
    t.ok(reckoned > 9000 && reckoned < 11_000, `${reckoned} of 10000`)
    const mean = timings.reduce((sum, { value }) => sum + value, 0) / 100
    t.ok(mean > 3500 && mean < 6500, 'from all of them alike') // 5 standard deviations off
    t.ok(server.packets.every((length) => length <= 1432))
  }
})

test('without a host there is a decorator that does nothing, and no hook', async (t) => {
  withEnv(t, {})
  const app = await build(t, {})
  app.statsd.increment('jobs')
  app.statsd.timing('job', 1)
  app.statsd.gauge('depth', 1)
  t.equal((await app.inject('/hello/ann')).statusCode, 200)
})

test('host and port are STATSD_HOST and STATSD_PORT by default, or STATD_PORT', async (t) => {
  const server = await statsd(t)
  for (const env of [
    { STATSD_PORT: `${server.port}`, STATD_PORT: '1' },
    { STATD_PORT: `${server.port}` },
    { STATSD_PORT: '', STATD_PORT: `${server.port}` }
  ]) {
    withEnv(t, { STATSD_HOST: 'localhost', ...env })
    server.lines.length = 0
    const app = await build(t, {})
    app.statsd.increment('jobs')
    await app.close()
    await server.until(() => server.sum('jobs') > 0)
    t.equal(server.sum('jobs'), 1)
  }
})

test('a host may be an IPv6 address', async (t) => {
  const server = await statsd(t, '::1')
  const app = await build(t, { host: '::1', port: server.port })
  app.statsd.increment('jobs')
  await app.close()
  await server.until(() => server.sum('jobs') > 0)
  t.equal(server.sum('jobs'), 1)
})

test('a port of the environment that is no port is a coded error that names the variable', async (t) => {
  for (const [name, value] of [
    ['STATSD_PORT', 'udp'],
    ['STATD_PORT', '0'],
    ['STATSD_PORT', '65536']
  ] as const) {
    withEnv(t, { STATSD_HOST: host, [name]: value })
    const message = `@dockerflow/statsd: the environment variable ${name} must be a whole number from 1 to 65535`
    await t.rejects(build(t, {}), { code: 'DOCKERFLOW_STATSD_INVALID_PORT', message })
    await t.resolves(build(t, { port: 8125 }), 'the option comes first')
  }
})

test('a host that is down, or has no address, harms nothing and is logged at debug alone', async (t) => {
  for (const down of ['127.0.0.1', 'statsd.invalid']) {
    const lines: { level: number; msg: string }[] = []
    const logger = { level: 'debug', stream: { write: (line: string) => lines.push(JSON.parse(line)) } }
    const app = await build(t, { host: down, port: 9, interval: 20 }, { logger })
    const origin = await app.listen({ port: 0, host })
    for (let i = 0; i < 20; i++) {
      t.equal((await fetch(`${origin}/hello/ann`)).status, 200)
      await new Promise((resolve) => setTimeout(resolve, 10))
    }
    await app.close()
    t.strictSame(
      lines.filter(({ level }) => level > 30),
      []
    )
    const told = lines.filter(({ msg }) => msg === 'statsd: not sent')
    // Nothing tells that a UDP packet was not received.
    t.equal(told.length > 0, down === 'statsd.invalid')
    t.ok(told.every(({ level }) => level === 20))
  }
})

test('too many sets of tags are left out, with one warning; those that are known go on', async (t) => {
  const server = await statsd(t)
  const lines: { level: number; msg: string }[] = []
  const app = await build(
    t,
    { host, port: server.port, interval: 3_600_000 },
    { logger: { level: 'warn', stream: { write: (line: string) => lines.push(JSON.parse(line)) } } }
  )
  for (let i = 0; i < 3000; i++) app.statsd.increment('logins', 1, { user: `${i}` })
  app.statsd.increment('logins', 5, { user: '0' })
  await app.close()
  await server.until(() => server.sum('logins') === 2005)
  t.equal(server.sum('logins', { user: '0' }), 6)
  t.match(lines, [{ level: 40, msg: 'statsd: too many sets of tags, new ones are left out' }])
  t.equal(lines.length, 1)
})

test('a Unix socket needs an add-on, and its absence is a coded error', async (t) => {
  await t.rejects(build(t, { path: '/run/statsd.sock' }), {
    code: 'DOCKERFLOW_STATSD_NO_UNIX_SOCKETS',
    message:
      '@dockerflow/statsd: option "path" needs the package unix-dgram, which could not be loaded; install it, and allow its install script, which compiles it',
    cause: Error
  })
})

test('two apps in one process share nothing', async (t) => {
  const [one, other] = [await statsd(t), await statsd(t)]
  const apps = [await build(t, { host, port: one.port }), await build(t, { host, port: other.port })]
  apps[0]?.statsd.increment('jobs', 1)
  apps[1]?.statsd.increment('jobs', 2)
  for (const app of apps) await app.close()
  await one.until(() => one.sum('jobs') > 0)
  await other.until(() => other.sum('jobs') > 0)
  t.strictSame([one.sum('jobs'), other.sum('jobs')], [1, 2])
})

test('a bad option is a coded TypeError while registering that names the option', async (t) => {
  const known = 'host, port, path, prefix, tags, sampleRate, interval, metricsUrl, buckets, legacyNames, hide'
  const cases: [opts: object, message: string][] = [
    [{ host: '' }, 'option "host" must be a string that is not empty'],
    [{ port: '8125' }, 'option "port" must be a whole number from 1 to 65535'],
    [{ port: 0 }, 'option "port" must be a whole number from 1 to 65535'],
    [{ path: 7 }, 'option "path" must be a path of 1 to 107 bytes'],
    [{ path: '' }, 'option "path" must be a path of 1 to 107 bytes'],
    [{ path: `/run/${'ß'.repeat(60)}` }, 'option "path" must be a path of 1 to 107 bytes'],
    [{ path: '\0abstract' }, 'option "path" must be a path of 1 to 107 bytes'],
    [{ host, path: '/run/statsd.sock' }, 'option "path" excludes "host": give one of the two'],
    [{ hide: 1 }, 'option "hide" must be true or false'],
    [{ prefix: 7 }, 'option "prefix" must be letters, digits, "_", "-" and "."'],
    [{ prefix: 'shop:1|c\nx' }, 'option "prefix" must be letters, digits, "_", "-" and "."'],
    [{ tags: null }, 'option "tags" must be an object of strings'],
    [{ tags: ['a:b'] }, 'option "tags" must be an object of strings'],
    [{ tags: { a: 1 } }, 'option "tags" must be an object of strings'],
    [{ tags: { __name__: 'a' } }, 'option "tags.__name__" has a name that Prometheus keeps for itself'],
    [{ tags: { '': 'a' } }, 'option "tags." must have a name'],
    [{ sampleRate: 0 }, 'option "sampleRate" must be a number above 0 and at most 1'],
    [{ sampleRate: 2 }, 'option "sampleRate" must be a number above 0 and at most 1'],
    [{ interval: 1 }, 'option "interval" must be a whole number of ms from 10 to 3600000'],
    [{ metricsUrl: 'metrics' }, 'option "metricsUrl" must be a path that starts with "/"'],
    [{ url: '/x' }, `option "url" is unknown; the options are: ${known}`]
  ]
  for (const [opts, message] of cases) {
    const err = await build(t, opts).catch((err) => err)
    t.ok(err instanceof TypeError)
    t.match(err, { code: 'DOCKERFLOW_STATSD_INVALID_OPTION', message: `@dockerflow/statsd: ${message}` })
  }
  await t.resolves(build(t, { host: undefined, sampleRate: undefined }), 'undefined is the default')
})

test('a second registration is a coded error that names the plugin', async (t) => {
  const app = Fastify()
  t.teardown(() => app.close())
  await app.register(fastifyStatsd)
  await t.rejects(async () => app.register(fastifyStatsd), {
    code: 'DOCKERFLOW_STATSD_ALREADY_REGISTERED',
    message: '@dockerflow/statsd: the plugin is registered already; register it once'
  })
})
