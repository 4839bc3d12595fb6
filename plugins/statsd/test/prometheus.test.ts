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
  has('http_request_duration_seconds_count{env="test",method="GET",route="/hello/:name",status="2xx"} 7')
  has('jobs_total{job_queue="mail",env="test"} 3')
  has('job_seconds_sum{env="test"} 0.25')
  has('job_seconds_bucket{le="0.25",env="test"} 1')
  has('_9lives{env="test"} 9')
  await app.close()
  await server.until(() => server.sum('http.requests') === 8)
  t.equal(server.sum('http.requests', { route: '/hello/:name' }), 7)
  t.equal(server.sum('jobs'), 3)
})

test('works without statsd, and tells of the event loop and of memory', async (t) => {
  const app = await build(t, { interval: 20 })
  const origin = await app.listen({ port: 0 })
  let text = ''
  while (!text.includes('memory_rss_bytes')) text = await (await fetch(`${origin}/metrics?x=1`)).text()
  for (const name of ['eventloop_delay_mean_ms', 'eventloop_delay_p99_ms', 'memory_heap_used_bytes']) {
    t.match(text, new RegExp(`^# TYPE ${name} gauge\n${name} [\\d.]+$`, 'm'))
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
