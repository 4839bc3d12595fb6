// The trace on each line, with OpenTelemetry's SDK and without its instrumentations.

import { once } from 'node:events'
import { connect } from 'node:net'
import fastifyMozlog, {
  createMozlog,
  type MozlogServerOptions,
  mozlogServerOptions
} from '@dockerflow/mozlog'
import { context, type Span, trace } from '@opentelemetry/api'
import Fastify, { type FastifyInstance, type onRequestHookHandler } from 'fastify'
import tap, { type Test, test } from 'tap'
import fastifyOtel, { traceContext } from '../src/index.ts'
import { lines } from './fixtures/lines.ts'
import { startSdk } from './fixtures/sdk.ts'

const sdk = startSdk()
tap.teardown(() => sdk.stop())
const tracer = trace.getTracer('test')

const fieldsOf = (span: Span) => {
  const { traceId, spanId, traceFlags } = span.spanContext()
  return { trace_id: traceId, span_id: spanId, trace_flags: `0${traceFlags}` }
}
const googleOf = (span: Span, project: string) => {
  const { traceId, spanId, traceFlags } = span.spanContext()
  return {
    'logging.googleapis.com/trace': `projects/${project}/traces/${traceId}`,
    'logging.googleapis.com/spanId': spanId,
    'logging.googleapis.com/trace_sampled': traceFlags === 1
  }
}

function build(t: Test, options: MozlogServerOptions = {}) {
  const out = lines()
  const app = Fastify(mozlogServerOptions({ stream: out, ...options }))
  t.teardown(() => app.close())
  return { app, out }
}

/** An onRequest hook as a tracer has it: begins a span, in which all that follows runs. */
function tracing() {
  const spans: Span[] = []
  const hook: onRequestHookHandler = (_request, reply, done) => {
    const span = tracer.startSpan('request')
    spans.push(span)
    reply.raw.once('finish', () => span.end())
    context.with(trace.setSpan(context.active(), span), done)
  }
  return { spans, hook }
}

/** The ways to register three things of which each may come first. */
const orders: ('hook' | 'mozlog' | 'otel')[][] = [
  ['mozlog', 'otel', 'hook'],
  ['otel', 'mozlog', 'hook'],
  ['mozlog', 'hook', 'otel'],
  ['hook', 'otel', 'mozlog'],
  ['otel', 'hook', 'mozlog'],
  ['hook', 'mozlog', 'otel']
]

async function registerInOrder(
  app: FastifyInstance,
  order: (typeof orders)[number],
  hook: onRequestHookHandler
) {
  for (const what of order) {
    if (what === 'hook') app.addHook('onRequest', hook)
    else if (what === 'mozlog') await app.register(fastifyMozlog)
    else await app.register(fastifyOtel)
  }
}

for (const order of orders) {
  test(`registered as ${order.join(', ')}: each line of a request and its summary have the span`, async (t) => {
    const { app, out } = build(t)
    const { spans, hook } = tracing()
    await registerInOrder(app, order, hook)
    app.get('/', async (request) => {
      request.log.info('inside')
      await new Promise((resolve) => setTimeout(resolve, 5))
      app.log.info('of the app, inside')
      return 'x'
    })
    const { port, hostname } = new URL(await app.listen({ port: 0, host: '127.0.0.1' }))
    const socket = connect(Number(port), hostname)
    // Two on one connection: the second has a span of its own.
    for (let i = 0; i < 2; i++) {
      socket.write('GET / HTTP/1.1\r\nhost: a\r\n\r\n')
      await once(socket, 'data')
    }
    socket.end()
    const summaries = await out.ofType('request.summary', 2)
    t.equal(spans.length, 2)
    for (const [i, span] of spans.entries()) {
      t.match(summaries[i]?.Fields, fieldsOf(span))
      const inside = out.records.filter(({ Fields }) => /inside$/.test(String(Fields?.msg)))
      t.equal(inside.length, 4)
      for (const { Fields } of inside.slice(2 * i, 2 * i + 2)) {
        t.match(Fields, fieldsOf(span), String(Fields?.msg))
      }
    }
    t.not(spans[0]?.spanContext().traceId, spans[1]?.spanContext().traceId)
  })
}

test('a line in a span within the request has that span; the summary has the request’s', async (t) => {
  const { app, out } = build(t)
  const { spans, hook } = tracing()
  await registerInOrder(app, ['hook', 'mozlog', 'otel'], hook)
  let inner: Span | undefined
  app.get('/', async (request) =>
    tracer.startActiveSpan('query', async (span) => {
      inner = span
      request.log.info('in the query')
      span.end()
      return 'x'
    })
  )
  await app.inject('/')
  const [line] = await out.ofType('app.log')
  const [summary] = await out.ofType('request.summary')
  t.match(line?.Fields, fieldsOf(inner as Span))
  t.match(summary?.Fields, fieldsOf(spans[0] as Span))
})

test('an error, a request that its client left and one that is not found have the span too', async (t) => {
  const { app, out } = build(t)
  const { spans, hook } = tracing()
  await registerInOrder(app, ['hook', 'mozlog', 'otel'], hook)
  app.get('/throws', async () => {
    throw new Error('broken')
  })
  const { promise: entered, resolve: enter } = Promise.withResolvers<void>()
  app.get('/waits', (_request, reply) => {
    reply.hijack()
    enter()
  })
  await app.inject('/throws')
  await app.inject('/nowhere')
  const { port, hostname } = new URL(await app.listen({ port: 0, host: '127.0.0.1' }))
  const socket = connect(Number(port), hostname)
  socket.write('GET /waits HTTP/1.1\r\nhost: a\r\n\r\n')
  await entered
  socket.destroy()
  const summaries = await out.ofType('request.summary', 3)
  t.strictSame(
    summaries.map(({ Fields }) => Fields?.code),
    [500, 404, 499]
  )
  for (const [i, { Fields }] of summaries.entries()) t.match(Fields, fieldsOf(spans[i] as Span))
})

test('for Google: the active span, else traceparent, else its own header, by its three members', async (t) => {
  const ids = { parent: '0af7651916cd43dd8448eb211c80319c', own: 'f'.repeat(32) }
  const traceparent = `00-${ids.parent}-b7ad6b7169203331-01`
  const own = { 'x-cloud-trace-context': `${ids.own}/255;o=1` }
  const { app, out } = build(t, { googleCloud: true, googleCloudProject: 'shop-1' })
  const { spans, hook } = tracing()
  let traced = true
  await app.register(fastifyMozlog)
  await app.register(fastifyOtel)
  app.addHook('onRequest', (request, reply, done) => (traced ? hook.call(app, request, reply, done) : done()))
  app.get('/', async (request) => {
    request.log.info('inside')
    return 'x'
  })
  await app.inject({ url: '/', headers: { traceparent, ...own } })
  await out.ofType('request.summary', 1)
  for (const line of out.records.splice(0)) t.match(line, googleOf(spans[0] as Span, 'shop-1'), line.Type)
  traced = false
  await app.inject({ url: '/', headers: { traceparent, ...own } })
  await out.ofType('request.summary', 1)
  for (const line of out.records.splice(0)) {
    t.match(line, {
      'logging.googleapis.com/trace': `projects/shop-1/traces/${ids.parent}`,
      'logging.googleapis.com/spanId': 'b7ad6b7169203331',
      'logging.googleapis.com/trace_sampled': true
    })
  }
  await app.inject({ url: '/', headers: own })
  await out.ofType('request.summary', 1)
  for (const line of out.records) {
    t.match(line, {
      'logging.googleapis.com/trace': `projects/shop-1/traces/${ids.own}`,
      'logging.googleapis.com/spanId': '00000000000000ff'
    })
    t.notOk('trace_id' in (line.Fields ?? {}))
  }
})

test('without a span there are no ids, whatever headers a request brings', async (t) => {
  const { app, out } = build(t)
  await app.register(fastifyMozlog)
  await app.register(fastifyOtel)
  app.get('/', async (request) => {
    request.log.info('inside')
    return 'x'
  })
  await app.inject({ url: '/', headers: { traceparent: `00-${'a'.repeat(32)}-${'b'.repeat(16)}-01` } })
  await out.ofType('request.summary')
  t.equal(out.records.length, 2)
  for (const { Fields } of out.records) t.notOk('trace_id' in (Fields ?? {}))
})

test('a logger without Fastify has the span by the function', async (t) => {
  const out = lines()
  const log = createMozlog({ stream: out, traceContext })
  log.info('outside')
  tracer.startActiveSpan('job', (span) => {
    log.info('inside')
    t.strictSame(out.records[1]?.Fields, { msg: 'inside', ...fieldsOf(span) })
    span.end()
  })
  t.strictSame(out.records[0]?.Fields, { msg: 'outside' })
})

test('the option traceContext of mozlog wins over the plugin', async (t) => {
  const mine = { traceId: '1'.repeat(32), spanId: '2'.repeat(16), sampled: false }
  const { app, out } = build(t, { traceContext: () => mine })
  const { hook } = tracing()
  await registerInOrder(app, ['hook', 'mozlog', 'otel'], hook)
  await app.inject('/')
  const [summary] = await out.ofType('request.summary')
  t.match(summary?.Fields, { trace_id: mine.traceId, span_id: mine.spanId, trace_flags: '00' })
})

test('two apps with one logger each have their spans', async (t) => {
  const out = lines()
  const options = mozlogServerOptions({ stream: out })
  const all: Span[] = []
  for (const name of ['/one', '/two']) {
    const app = Fastify(options)
    t.teardown(() => app.close())
    const { spans, hook } = tracing()
    await registerInOrder(app, ['hook', 'mozlog', 'otel'], hook)
    await app.inject(name)
    all.push(...spans)
  }
  const summaries = await out.ofType('request.summary', 2)
  for (const [i, { Fields }] of summaries.entries()) t.match(Fields, fieldsOf(all[i] as Span))
})

test('an app with another logger keeps it', async (t) => {
  for (const logger of [false, { level: 'silent' }]) {
    const app = Fastify({ logger })
    t.teardown(() => app.close())
    await app.register(fastifyOtel)
    t.equal((await app.inject('/')).statusCode, 404)
  }
})

test('a second registration and a bad option are coded errors', async (t) => {
  const app = Fastify()
  t.teardown(() => app.close())
  await app.register(fastifyOtel)
  await t.rejects(async () => await app.register(fastifyOtel), {
    code: 'DOCKERFLOW_OTEL_ALREADY_REGISTERED',
    message: '@dockerflow/otel: the plugin is registered already; register it once'
  })
  for (const [options, message] of [
    [{ heartbeats: true }, 'option "heartbeats" is unknown; the options are: heartbeat'],
    [{ heartbeat: 'yes' }, 'option "heartbeat" must be true or false']
  ] as const) {
    const other = Fastify()
    t.teardown(() => other.close())
    const refused = other.register(fastifyOtel, options as never) as unknown as Promise<void>
    const err = await refused.then(
      () => undefined,
      (err) => err
    )
    t.ok(err instanceof TypeError)
    t.match(err, { code: 'DOCKERFLOW_OTEL_INVALID_OPTION', message: `@dockerflow/otel: ${message}` })
  }
})
