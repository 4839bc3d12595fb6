import { spawnSync } from 'node:child_process'
import fastifyHeartbeat from '@dockerflow/heartbeat'
import { find, without } from '@dockerflow/testing/programs'
import Fastify, { type FastifyServerOptions } from 'fastify'
import { type Test, test } from 'tap'
import fastifyStatsd, { type FastifyStatsdOptions } from '../src/index.ts'
import { statsd } from './fixtures/udp.ts'

async function build(t: Test, opts: FastifyStatsdOptions, server: FastifyServerOptions = {}) {
  const app = Fastify(server)
  t.teardown(() => app.close())
  await app.register(fastifyStatsd, { metricsUrl: '/metrics', ...opts })
  app.get('/hello/:name', async () => 'hello')
  return app
}

test('the route is off by default', async (t) => {
  const app = await build(t, { metricsUrl: undefined, host: '127.0.0.1' })
  t.equal((await app.inject('/metrics')).statusCode, 404)
})

test('tells the same numbers as statsd is sent, each counted once', async (t) => {
  const server = await statsd(t)
  const app = await build(t, { host: '127.0.0.1', port: server.port, tags: { env: 'test' } })
  const origin = await app.listen({ port: 0 })
  for (let i = 0; i < 7; i++) await fetch(`${origin}/hello/ann`)
  app.statsd.increment('jobs', 3, { 'job-queue': 'mail' })
  app.statsd.timing('job', 250)
  app.statsd.gauge('9lives', 9)
  const res = await fetch(`${origin}/metrics`)
  const text = await res.text()
  t.equal(res.headers.get('cache-control'), 'no-store')
  t.match(res.headers.get('content-type'), /^text\/plain; version=0\.0\.4/)
  const has = (line: string) => t.ok(text.split('\n').includes(line), line)
  has('http_requests_total{method="GET",route="/hello/:name",status="2xx",env="test"} 7')
  has(
    'http_server_request_duration_seconds_count{env="test",method="GET",route="/hello/:name",status="2xx"} 7'
  )
  has('jobs_total{job_queue="mail",env="test"} 3')
  has('job_seconds_sum{env="test"} 0.25')
  has('job_seconds_bucket{le="0.25",env="test"} 1')
  has('_9lives{env="test"} 9')
  await app.close()
  await server.until(() => server.sum('http.requests') === 8)
  t.equal(server.sum('http.requests', { route: '/hello/:name' }), 7)
  t.equal(server.sum('jobs'), 3)
})

test('works without statsd, and measures the event loop and memory', async (t) => {
  const app = await build(t, { interval: 20 })
  const origin = await app.listen({ port: 0 })
  let text = ''
  while (!text.includes('memory_rss_bytes')) text = await (await fetch(`${origin}/metrics?x=1`)).text()
  for (const name of [
    'eventloop_delay_mean_seconds',
    'eventloop_delay_p99_seconds',
    'memory_heap_used_bytes'
  ]) {
    t.match(text, new RegExp(`^# TYPE ${name} gauge\n${name} [\\d.e-]+$`, 'm'))
  }
})

test('answers HEAD, also where HEAD routes are off', async (t) => {
  for (const exposeHeadRoutes of [true, false]) {
    const app = await build(t, {}, { exposeHeadRoutes })
    const res = await app.inject({ method: 'HEAD', url: '/metrics' })
    t.equal(res.statusCode, 200)
    t.equal(res.body, '')
    t.equal(res.headers['cache-control'], 'no-store')
  }
})

test('a metric with other labels than before is left out, with one warning a series', async (t) => {
  const lines: { msg: string }[] = []
  const app = await build(
    t,
    {},
    { logger: { level: 'warn', stream: { write: (line: string) => lines.push(JSON.parse(line)) } } }
  )
  app.statsd.increment('jobs', 1, { queue: 'mail' })
  for (let i = 0; i < 3; i++) app.statsd.increment('jobs', 1, { user: 'ann' })
  app.statsd.gauge('jobs_total', 1)
  const { body } = await app.inject('/metrics')
  t.match(body, /^jobs_total\{queue="mail"\} 1$/m)
  t.notMatch(body, /ann/)
  t.match(lines, [{ msg: 'prometheus: metric left out' }, { msg: 'prometheus: metric left out' }])
  t.equal(lines.length, 2)
})

/** Reads the text format (version 0.0.4) as strictly as it is written down; throws for what is no such text. */
function readMetrics(text: string) {
  if (!text.endsWith('\n')) throw new Error('the last line has no end')
  const types = new Map<string, string>()
  const samples = new Map<string, number>()
  for (const line of text.split('\n').filter(Boolean)) {
    const [, name = '', type = ''] = /^# TYPE ([a-zA-Z_:][\w:]*) (counter|gauge|histogram)$/.exec(line) ?? []
    if (name) {
      if (types.has(name)) throw new Error(`a second type of ${name}`)
      types.set(name, type)
    } else if (!/^# HELP [a-zA-Z_:][\w:]* (?:[^\\\n]|\\[\\n])*$/.test(line)) {
      const label = '[a-zA-Z_]\\w*="(?:[^"\\\\\\n]|\\\\["\\\\n])*"'
      const [, id = '', metric = '', value] =
        new RegExp(
          `^(([a-zA-Z_:][\\w:]*)(?:\\{${label}(?:,${label})*\\})?) (-?[\\d.]+(?:e[+-]?\\d+)?)$`
        ).exec(line) ?? []
      if (value === undefined) throw new Error(`no line of metrics: ${line}`)
      const family = metric.replace(/_(?:bucket|sum|count)$/, '')
      if (!types.has(metric) && types.get(family) !== 'histogram') throw new Error(`no type before ${line}`)
      const names = [...id.matchAll(/(?<=[{,])([a-zA-Z_]\w*)="/g)].map(([, name]) => name)
      if (new Set(names).size < names.length) throw new Error(`a label twice: ${line}`)
      if (samples.has(id)) throw new Error(`a sample twice: ${line}`)
      samples.set(id, Number(value))
    }
  }
  return { types, samples }
}

test('is valid whatever the routes, names and tags are, and buckets add up', async (t) => {
  const app = await build(t, { tags: { 'a:b|c': 'v,w#x|y\nz', ok: 'ü"\\q' } }, { logger: false })
  app.get('/a|b,c@d"e\\f/:id(^\\d{1,3}$)', async () => 'odd')
  app.get('/ü', async () => 'odd')
  t.equal((await app.inject('/a%7Cb,c@d%22e%5Cf/12')).statusCode, 200)
  t.equal((await app.inject('/%C3%BC')).statusCode, 200)
  for (const url of ['/nowhere', '/no/where', '/%ff%00', '/__proto__']) await app.inject(url)
  app.statsd.increment('é.ü', 0.1)
  app.statsd.gauge('', 1e300)
  app.statsd.gauge('9.small', -1e-9)
  app.statsd.increment('jobs', 1, { 'job|1\n,#:': 'v"\\\n', 'a-b': '1', a_b: '2', ok: 'own' })
  for (const ms of [0, 1, 30, 700, 99_999]) app.statsd.timing('job', ms)
  const { types, samples } = readMetrics((await app.inject('/metrics')).body)
  t.equal(types.get('http_requests_total'), 'counter')
  const none = [...samples.keys()].filter((id) => /^http_requests_total\{.*route="none"/.test(id))
  t.equal(none.length, 1, 'paths without a route are one series')
  const buckets = [...samples].filter(([id]) => id.startsWith('job_seconds_bucket')).map(([, count]) => count)
  t.strictSame(
    buckets,
    buckets.toSorted((one, other) => one - other)
  )
  t.equal(buckets.at(-1), 5)
})

test('promtool finds nothing to say against the metrics', { skip: without('prometheus') }, async (t) => {
  const app = await build(t, { interval: 10, tags: { env: 'test' } })
  await app.register(fastifyHeartbeat, { checks: { db: () => {} } })
  const origin = await app.listen({ port: 0 })
  await fetch(`${origin}/hello/ann`)
  await fetch(`${origin}/__heartbeat__`)
  app.statsd.increment('jobs', 1, { queue: 'mail' })
  app.statsd.timing('job', 12)
  let text = ''
  while (!/memory_rss_bytes/.test(text) || !/heartbeat_duration/.test(text) || !/http_server/.test(text))
    text = await (await fetch(`${origin}/metrics`)).text()
  t.strictSame(promtool(text), [0, ''])
  // It does look: a metric of the wrong kind is one that it complains about.
  t.match(promtool('# HELP jobs x\n# TYPE jobs counter\njobs 1\n'), [3, /should have "_total" suffix/])
})

function promtool(metrics: string): [code: number | null, said: string] {
  const { status, stdout, stderr } = spawnSync(find('promtool') as string, ['check', 'metrics'], {
    input: metrics,
    encoding: 'utf8'
  })
  return [status, stdout + stderr]
}

const metricNames = (text: string) =>
  [...text.matchAll(/^# TYPE (\S+) /gm)]
    .map(([, name]) => name as string)
    .filter((name) => /^(http|event)/.test(name))

test('legacyNames keeps the names of before, and the buckets are an option', async (t) => {
  for (const [options, names, bounds] of [
    [
      {},
      ['eventloop_delay_max_seconds', 'eventloop_delay_mean_seconds', 'eventloop_delay_p99_seconds'].concat(
        'http_requests_total',
        'http_server_request_duration_seconds'
      ),
      ['0.005', '0.01', '0.025', '0.05', '0.075', '0.1', '0.25', '0.5', '0.75', '1', '2.5', '5', '7.5', '10']
    ],
    [
      { legacyNames: true, buckets: [0.1, 2] },
      ['eventloop_delay_max_ms', 'eventloop_delay_mean_ms', 'eventloop_delay_p99_ms'].concat(
        'http_request_duration_seconds',
        'http_requests_total'
      ),
      ['0.1', '2']
    ]
  ] as const) {
    const app = await build(t, { interval: 10, ...options } as FastifyStatsdOptions)
    const origin = await app.listen({ port: 0 })
    await fetch(`${origin}/hello/ann`)
    let text = ''
    while (!/eventloop_delay_max/.test(text) || !/route="\/hello/.test(text))
      text = await (await fetch(`${origin}/metrics`)).text()
    t.strictSame(metricNames(text).sort(), names)
    const buckets = [...text.matchAll(/duration_seconds_bucket\{le="([^"]+)",.*route="\/hello/g)]
    t.strictSame(
      buckets.map(([, bound]) => bound),
      [...bounds, '+Inf']
    )
  }
})

test('the event-loop delay is in seconds for Prometheus and in milliseconds for statsd', async (t) => {
  const server = await statsd(t)
  const app = await build(t, { host: '127.0.0.1', port: server.port, interval: 10 })
  await app.ready()
  app.statsd.gauge('eventloop.delay_max_ms', 2500)
  app.statsd.gauge('constructor', 5)
  const { body } = await app.inject('/metrics')
  t.match(body, /^eventloop_delay_max_seconds 2\.5$/m)
  t.notMatch(body, /Object|NaN/, "an app's own metric is never taken for one of the plugin's")
  await app.close()
  await server.until(() => server.lines.some(({ name }) => name === 'eventloop.delay_max_ms'))
})

test('buckets that are no growing numbers above 0 are refused', async (t) => {
  for (const buckets of [
    [],
    [0],
    [1, 1],
    [2, 1],
    ['1'],
    [Number.NaN],
    5,
    Array.from({ length: 51 }, (_, i) => i + 1)
  ]) {
    await t.rejects(build(t, { buckets } as FastifyStatsdOptions), {
      code: 'DOCKERFLOW_STATSD_INVALID_OPTION',
      message: '@dockerflow/statsd: option "buckets" must be 1 to 50 growing numbers of seconds above 0'
    })
  }
})
