// What a line says of the trace that it belongs to, and Google's formats.

import { AsyncLocalStorage } from 'node:async_hooks'
import { once } from 'node:events'
import { connect } from 'node:net'
import { test } from 'tap'
import { createMozlog, type TraceContext } from '../src/index.ts'
import { buildApp } from './fixtures/app.ts'
import { lines } from './fixtures/lines.ts'

const traceId = '0af7651916cd43dd8448eb211c80319c'
const other = { traceId: 'f'.repeat(32), spanId: 'e'.repeat(16), sampled: false }
const span: TraceContext = { traceId, spanId: 'b7ad6b7169203331', sampled: true }
const fields = { trace_id: traceId, span_id: 'b7ad6b7169203331', trace_flags: '01' }
const otherFields = { trace_id: other.traceId, span_id: other.spanId, trace_flags: '00' }
const google = (trace: TraceContext, project = '') => ({
  'logging.googleapis.com/trace': project ? `projects/${project}/traces/${trace.traceId}` : trace.traceId,
  'logging.googleapis.com/spanId': trace.spanId,
  'logging.googleapis.com/trace_sampled': trace.sampled
})

/** Stands for a tracer: what is active is kept as OpenTelemetry's SDK keeps it. */
const active = new AsyncLocalStorage<TraceContext | undefined>()
const traceContext = () => active.getStore()

test('a line inside a span has its ids, by the names of OpenTelemetry; a line outside has none', async (t) => {
  const out = lines()
  const log = createMozlog({ stream: out, traceContext })
  log.info('outside')
  t.strictSame(out.last.Fields, { msg: 'outside' })
  active.run(span, () => {
    log.info({ a: 1 }, 'inside')
    t.strictSame(out.last.Fields, { a: 1, msg: 'inside', ...fields })
    log.child({ b: 2, none: undefined }).info({})
    t.strictSame(out.last.Fields, { b: 2, ...fields })
    log.error(new Error('x'))
    t.match(out.last.Fields, { error: 'Error: x', ...fields })
    log.info({ trace_id: 'mine' })
    t.strictSame(out.last.Fields, { ...fields, trace_id: 'mine' })
    log.child({ trace_id: 'bound' }).info('x')
    t.strictSame(out.last.Fields, { trace_id: 'bound', msg: 'x' })
  })
})

test('an invalid context counts as none, and a short span id gets its 16 digits', async (t) => {
  const cases: [context: unknown, expected: object | undefined][] = [
    [undefined, undefined],
    [null, undefined],
    [{}, undefined],
    [{ ...span, traceId: '0'.repeat(32) }, undefined],
    [{ ...span, spanId: '0'.repeat(16) }, undefined],
    [{ ...span, traceId: traceId.toUpperCase() }, undefined],
    [{ ...span, spanId: 'no "hex"' }, undefined],
    [
      { ...span, spanId: 'ff' },
      { ...fields, span_id: '00000000000000ff' }
    ]
  ]
  for (const [context, expected] of cases) {
    const out = lines()
    createMozlog({ stream: out, traceContext: () => context as never }).info('x')
    t.strictSame(out.last.Fields, { msg: 'x', ...expected })
  }
  const out = lines()
  const failing = () => {
    throw new Error('mine')
  }
  createMozlog({ stream: out, traceContext: failing }).info('x')
  t.strictSame(out.last.Fields, { msg: 'x' })
})

test('a summary has the span of its request, whichever hook began it, also after the answer', async (t) => {
  for (const when of ['around the app', 'never', 'in a later hook'] as const) {
    const { app, out, settled } = await buildApp(t, { mozlog: { traceContext } })
    if (when === 'in a later hook')
      app.addHook('onRequest', (_request, _reply, done) => active.run(span, done))
    app.get('/', async (request) => {
      request.log.info('inside')
      return active.run(other, () => {
        request.log.info('in a child')
        return 'x'
      })
    })
    // Its first request would begin while the app starts, in the context of that.
    await app.ready()
    if (when === 'around the app') await active.run(span, async () => await app.inject('/'))
    else await app.inject('/')
    const [summary] = await settled(1)
    if (when === 'never') {
      t.notOk('trace_id' in (summary ?? {}), 'no span')
      continue
    }
    t.match(summary, fields, when)
    t.match(out.records[0]?.Fields, { msg: 'inside', ...fields })
    t.match(out.records[1]?.Fields, { msg: 'in a child', ...otherFields })
  }
})

test('a span that an onRequest hook before ours began is in the summary', async (t) => {
  const { default: Fastify } = await import('fastify')
  const { default: fastifyMozlog, mozlogServerOptions } = await import('../src/index.ts')
  const out = lines()
  const app = Fastify(mozlogServerOptions({ stream: out, traceContext }))
  t.teardown(() => app.close())
  app.addHook('onRequest', (_request, _reply, done) => active.run(span, done))
  await app.register(fastifyMozlog)
  await app.inject('/')
  t.match(out.last, { Type: 'request.summary', Fields: fields })
})

test('for Google, the active span comes before traceparent, and that before its own header', async (t) => {
  const { app, out, settled } = await buildApp(t, {
    mozlog: { traceContext, googleCloud: true, googleCloudProject: 'shop-1' }
  })
  app.get('/', async (request) => {
    request.log.info('inside')
    return 'x'
  })
  const traceparent = `00-${traceId}-b7ad6b7169203331-01`
  const own = { 'x-cloud-trace-context': `${other.traceId}/255;o=1` }
  await app.ready()
  await active.run(other, async () => await app.inject({ url: '/', headers: { traceparent, ...own } }))
  for (const record of out.records) t.match(record, google(other, 'shop-1'))
  await app.inject({ url: '/', headers: { traceparent, ...own } })
  for (const record of out.records.slice(2)) t.match(record, google(span, 'shop-1'))
  await app.inject({ url: '/', headers: own })
  t.match(out.last, google({ ...other, spanId: '00000000000000ff', sampled: true }, 'shop-1'))
  t.equal((await settled(3)).length, 3)
  for (const record of out.records) t.notOk('trace_id' in (record.Fields ?? {}))
})

test("a span id of Google's header has 16 digits, or is left out", async (t) => {
  const { app, out } = await buildApp(t, { mozlog: { googleCloud: true, googleCloudProject: '' } })
  for (const [decimal, spanId] of [
    ['1', '0000000000000001'],
    ['18446744073709551615', 'ffffffffffffffff'],
    ['18446744073709551616', undefined],
    ['99999999999999999999', undefined],
    ['0', undefined]
  ]) {
    await app.inject({ url: '/', headers: { 'x-cloud-trace-context': `${traceId}/${decimal}` } })
    t.equal(out.last['logging.googleapis.com/trace'], traceId)
    t.equal(out.last['logging.googleapis.com/spanId'], spanId)
  }
})

test("a summary has Google's httpRequest, and only a summary has it", async (t) => {
  const { app, out } = await buildApp(t, {
    mozlog: { googleCloud: true },
    plugin: { querystring: true, summaryLevel: () => 'warn' }
  })
  app.get('/a', async (request) => {
    request.log.info('inside')
    request.raw.once('close', () => setImmediate(() => request.log.info('after')))
    return 'x'
  })
  await app.inject({ url: '/a?b=1', headers: { 'user-agent': 'a "test"' } })
  await new Promise((resolve) => setTimeout(resolve, 50))
  const [summary] = out.records.filter(({ Type }) => Type === 'request.summary')
  const { latency, ...request } = Object(summary?.httpRequest) as Record<string, unknown>
  t.strictSame(request, {
    requestMethod: 'GET',
    requestUrl: '/a?b=1',
    status: 200,
    userAgent: 'a "test"',
    remoteIp: '127.0.0.1',
    protocol: 'HTTP/1.1'
  })
  t.match(latency, /^\d+(\.\d{1,3})?s$/)
  for (const { Type, httpRequest } of out.records)
    t.equal(httpRequest !== undefined, Type === 'request.summary')
})

test('httpRequest leaves out what is not known', async (t) => {
  const { app, out, settled } = await buildApp(t, {
    mozlog: { googleCloud: true },
    plugin: { remoteAddressChain: false }
  })
  const { hostname, port } = new URL(await app.listen({ port: 0, host: '127.0.0.1' }))
  const socket = connect(Number(port), hostname)
  socket.end('GET / HTTP/1.1\r\nhost: a\r\nconnection: close\r\n\r\n')
  await once(socket.resume(), 'close')
  await settled(1)
  t.strictSame(Object.keys(Object(out.last.httpRequest)).sort(), [
    'latency',
    'protocol',
    'requestMethod',
    'requestUrl',
    'status'
  ])
})

test("an error has what Google's Error Reporting asks for", async (t) => {
  const type = 'type.googleapis.com/google.devtools.clouderrorreporting.v1beta1.ReportedErrorEvent'
  const { app, out } = await buildApp(t, { mozlog: { googleCloud: true, logger: 'shop' } })
  app.decorate('versionObject', { version: '1.2.3' })
  app.get('/', async () => {
    throw new TypeError('broken')
  })
  await app.inject('/')
  t.match(out.last, {
    Type: 'request.summary',
    severity: 'ERROR',
    '@type': type,
    stack_trace: /^TypeError: broken\n {4}at /,
    serviceContext: { service: 'shop', version: '1.2.3' },
    httpRequest: { status: 500 }
  })
  app.log.warn(new Error('only a warning'))
  t.notOk('@type' in out.last)
  app.log.error('no stack')
  t.notOk('@type' in out.last)

  const alone = lines()
  const log = createMozlog({ stream: alone, googleCloud: true, logger: 'job' })
  log.fatal({ err: new Error('x') }, 'stopped')
  t.match(alone.last, { '@type': type, message: 'stopped', stack_trace: /^Error: x\n/ })
  t.strictSame(alone.last.serviceContext, { service: 'job' })
})

test('a line of another logger has the trace of the request that it is written in', async (t) => {
  const { app } = await buildApp(t, { mozlog: { traceContext }, plugin: { asyncContext: true } })
  const known = lines()
  const library = createMozlog({ stream: known, traceContext })
  app.addHook('preHandler', (_request, _reply, done) => active.run(undefined, done))
  app.get('/', async () => {
    library.info('deep inside')
    return 'x'
  })
  await app.ready()
  await active.run(span, async () => await app.inject('/'))
  t.match(known.last.Fields, fields)
})

test('what follows spans by the registered symbol is as the option, once, and gives way to it', async (t) => {
  const followSpans = Symbol.for('@dockerflow/mozlog.followSpans')
  type Follower = { [followSpans](app: object, traceContext: (request?: object) => unknown): void }
  const { app, out, settled } = await buildApp(t)
  const asked = new Set<unknown>()
  const follow = (request?: object) => {
    asked.add(request !== undefined)
    return active.getStore()
  }
  const follower = app.log as unknown as Follower
  follower[followSpans](app, follow)
  follower[followSpans](app, () => other)
  app.addHook('onRequest', (_request, _reply, done) => active.run(span, done))
  app.get('/', async (request) => {
    request.log.info('inside')
    return 'x'
  })
  await app.inject('/')
  t.match(await settled(1), [fields])
  t.match(out.records[0]?.Fields, { msg: 'inside', ...fields })
  t.strictSame([...asked].sort(), [false, true], 'it is asked for a request, and for a line')
})
