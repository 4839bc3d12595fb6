// Beside OpenTelemetry's two instrumentations: of HTTP, and Fastify's own.

import './fixtures/instrumented.ts'
import fastifyHeartbeat from '@dockerflow/heartbeat'
import fastifyLbheartbeat from '@dockerflow/lbheartbeat'
import fastifyMozlog, { mozlogServerOptions } from '@dockerflow/mozlog'
import fastifyVersion from '@dockerflow/version'
import Fastify from 'fastify'
import tap, { type Test, test } from 'tap'
import fastifyOtel from '../src/index.ts'
import { sdk } from './fixtures/instrumented.ts'
import { lines } from './fixtures/lines.ts'

tap.teardown(() => sdk.stop())

async function build(t: Test, url?: string) {
  const out = lines()
  const app = Fastify(mozlogServerOptions({ stream: out }))
  t.teardown(() => app.close())
  await app.register(fastifyMozlog)
  await app.register(fastifyLbheartbeat)
  await app.register(fastifyVersion, { version: { version: '1' } })
  await app.register(fastifyHeartbeat, url === undefined ? {} : { url })
  await app.register(fastifyOtel)
  app.get('/users/:id', async (request) => {
    request.log.info('inside')
    return 'x'
  })
  const origin = await app.listen({ port: 0, host: '127.0.0.1' })
  sdk.forget()
  return { app, out, origin }
}

test('a request is one trace, and its lines and its summary name spans of it', async (t) => {
  const { origin, out } = await build(t)
  for (let i = 0; i < 2; i++) await (await fetch(`${origin}/users/${i}`)).text()
  const summaries = await out.ofType('request.summary', 2)
  const spans = sdk.spans()
  const traces = new Set(spans.map((span) => span.spanContext().traceId))
  t.equal(traces.size, 2)
  for (const { Fields } of out.records) {
    const span = spans.find((span) => span.spanContext().spanId === Fields?.span_id)
    t.equal(span?.spanContext().traceId, Fields?.trace_id, String(Fields?.msg))
  }
  for (const { Fields } of summaries) {
    const span = spans.find((span) => span.spanContext().spanId === Fields?.span_id)
    t.equal(span?.name, 'request', "the request's span, not that of a hook")
  }
})

test("Dockerflow's endpoints make no span, with and without a slash and a query", async (t) => {
  const { origin, out } = await build(t, '/health')
  const urls = ['/__lbheartbeat__', '/__lbheartbeat__/', '/__version__?x=1', '/health', '/health/?y']
  for (const url of urls) {
    t.equal((await fetch(origin + url)).status, 200, url)
    t.equal((await fetch(origin + url, { method: 'HEAD' })).status, 200, url)
  }
  await out.ofType('request.summary', urls.length * 2)
  t.strictSame(
    sdk.spans().map(({ name }) => name),
    []
  )
  for (const { Fields } of out.records) t.notOk('trace_id' in (Fields ?? {}))
  t.equal((await fetch(`${origin}/healthy`)).status, 404)
  await out.ofType('request.summary', urls.length * 2 + 1)
  t.ok(sdk.spans().length > 0, 'another path has spans')
})

test('an app that ignores a slash at the end makes no span of such a path either', async (t) => {
  const app = Fastify({ routerOptions: { ignoreTrailingSlash: true } })
  t.teardown(() => app.close())
  await app.register(fastifyLbheartbeat, { url: '/up' })
  const origin = await app.listen({ port: 0, host: '127.0.0.1' })
  sdk.forget()
  t.equal((await fetch(`${origin}/up/`)).status, 200)
  t.equal((await fetch(`${origin}/nowhere`)).status, 404)
  // Those of the second request come after those of the first.
  while (!sdk.spans().some(({ name }) => name === 'GET'))
    await new Promise((resolve) => setTimeout(resolve, 20))
  t.notOk(sdk.spans().some(({ name }) => name.includes('/up')))
  t.equal(new Set(sdk.spans().map((span) => span.spanContext().traceId)).size, 1)
})

test('what is asked for with a whole URL is left out as well', async (t) => {
  const { ignore } = await import('./fixtures/instrumented.ts')
  await build(t)
  const { ignoreIncomingRequestHook } = ignore.http
  t.ok(ignoreIncomingRequestHook({ url: 'http://shop.example:8000/__version__?x' }))
  t.notOk(ignoreIncomingRequestHook({ url: 'http://shop.example:8000' }))
  t.notOk(ignoreIncomingRequestHook({ url: 'http://shop.example/x/__version__' }))
  t.notOk(ignoreIncomingRequestHook({}))
})
