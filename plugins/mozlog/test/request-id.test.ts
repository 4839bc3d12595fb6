import { setTimeout as sleep } from 'node:timers/promises'
import Fastify from 'fastify'
import { type Test, test } from 'tap'
import fastifyMozlog, {
  createMozlog,
  type FastifyMozlogOptions,
  type MozlogServerOptions,
  mozlogServerOptions
} from '../src/index.ts'
import { lines } from './fixtures/lines.ts'

async function build(t: Test, mozlog: MozlogServerOptions = {}, plugin: FastifyMozlogOptions = {}) {
  const out = lines()
  const app = Fastify({ ...mozlogServerOptions({ stream: out, ...mozlog }) })
  t.teardown(() => app.close())
  await app.register(fastifyMozlog, plugin)
  app.get('/', async (request) => request.id)
  return { app, out }
}

const uuid = /^[0-9a-f]{8}-([0-9a-f]{4}-){3}[0-9a-f]{12}$/
const trace = '0af7651916cd43dd8448eb211c80319c'
const traceparent = `00-${trace}-b7ad6b7169203331-01`

test('a fit x-request-id is the id, is echoed, and is on the line', async (t) => {
  const { app, out } = await build(t)
  for (const id of [
    'abc-123',
    'a'.repeat(128),
    '1-67891233-abcdef012345678912345678;',
    'Root=1-2:3/4+5@6.7_8'
  ]) {
    const res = await app.inject({ url: '/', headers: { 'x-request-id': id } })
    const fit = !id.includes(';')
    t.equal(res.headers['x-request-id'] === id, fit)
    t.equal(res.body, res.headers['x-request-id'])
    t.equal(out.last.Fields?.rid, res.body)
  }
})

test('a hostile one is replaced by a new id', async (t) => {
  const { app, out } = await build(t)
  const hostile = [
    '',
    ' ',
    'a'.repeat(129),
    'x'.repeat(5000),
    'a b',
    'a"b',
    '\u001b[31m',
    'é',
    '$(jndi)',
    "'; drop",
    '<b>'
  ]
  for (const id of hostile) {
    const res = await app.inject({
      url: '/',
      headers: { 'x-request-id': id, 'user-agent': id, 'accept-language': id }
    })
    t.match(res.body, uuid)
    t.equal(out.last.Fields?.rid, res.body)
  }
  const twice = await app.inject({ url: '/', headers: { 'x-request-id': ['a', 'b'] as never } })
  t.match(twice.body, uuid)
})

test('a trace id is the id when it is asked for, in the order of the headers named', async (t) => {
  const { app } = await build(t, {
    requestIdHeaders: ['TraceParent', 'x-cloud-trace-context', 'X-Correlation-Id']
  })
  const cases: [headers: Record<string, string>, id: string | RegExp][] = [
    [{ traceparent }, trace],
    [{ traceparent: `cc-${trace}-b7ad6b7169203331-01-more` }, trace],
    [{ traceparent: `ff-${trace}-b7ad6b7169203331-01` }, uuid],
    [{ traceparent: `00-${'0'.repeat(32)}-b7ad6b7169203331-01` }, uuid],
    [{ traceparent: `00-${trace}-0000000000000000-01` }, uuid],
    [{ traceparent: trace }, uuid],
    [{ 'x-cloud-trace-context': `${trace.toUpperCase()}/123;o=1` }, trace],
    [{ 'x-cloud-trace-context': trace }, trace],
    [{ 'x-cloud-trace-context': 'nope' }, uuid],
    [{ traceparent: 'nope', 'x-cloud-trace-context': `${trace}/1` }, trace],
    [{ 'x-correlation-id': 'c-1', 'x-request-id': 'no' }, 'c-1'],
    [{ 'x-request-id': 'no' }, uuid]
  ]
  for (const [headers, id] of cases) {
    const { body } = await app.inject({ url: '/', headers })
    if (typeof id === 'string') t.equal(body, id)
    else t.match(body, id)
  }
})

test('bad header names are a coded TypeError', async (t) => {
  const error = {
    code: 'DOCKERFLOW_MOZLOG_INVALID_OPTION',
    message: '@dockerflow/mozlog: option "requestIdHeaders" must be an array of header names'
  }
  t.throws(() => mozlogServerOptions({ requestIdHeaders: 'x-request-id' } as never), error)
  t.throws(() => mozlogServerOptions({ requestIdHeaders: [1] } as never), error)
})

test('lines of loggers that know nothing of the request have its id, when asked to', async (t) => {
  const known = lines()
  const library = createMozlog({ stream: known })
  for (const asyncContext of [false, true]) {
    const { app } = await build(t, {}, { asyncContext })
    app.post('/', async (request) => {
      await sleep(5)
      library.info({ a: 1 }, 'deep inside')
      library.child({ b: 2 }).info('deeper')
      library.child({ rid: 'own' }).info('own')
      library.info({ rid: 'call' })
      return request.id
    })
    const { body } = await app.inject({ method: 'POST', url: '/', payload: { some: 'body' } })
    const rid = asyncContext ? { rid: body } : {}
    t.strictSame(
      known.records.map(({ Fields }) => Fields),
      [
        { a: 1, msg: 'deep inside', ...rid },
        { b: 2, msg: 'deeper', ...rid },
        { rid: 'own', msg: 'own' },
        { rid: 'call' }
      ]
    )
    known.raw.length = 0
  }
  library.info('outside')
  t.strictSame(known.last.Fields, { msg: 'outside' })
})

test("a line serves Google Cloud Logging too, with the request's trace", async (t) => {
  const known = lines()
  const library = createMozlog({ stream: known, googleCloud: true, googleCloudProject: 'shop-1' })
  library.warn('a "warning"')
  t.match(known.last, { severity: 'WARNING', message: 'a "warning"', Fields: { msg: 'a "warning"' } })
  library.info({ type: 'quiet' })
  t.match(known.last, { severity: 'INFO', message: 'quiet' })
  library.fatal(new Error('x'))
  t.match(known.last, { severity: 'CRITICAL', message: 'x' })
  library.info({})
  t.match(known.last, { message: 'app.log' })
  t.notOk('logging.googleapis.com/trace' in known.last)

  const google = { googleCloud: true, googleCloudProject: 'shop-1' }
  const { app, out } = await build(t, google, { asyncContext: true })
  app.get('/work', async (request) => {
    request.log.error('in the request')
    library.debug('not shown')
    library.error('in a library')
    return 'x'
  })
  await app.inject({ url: '/work', headers: { traceparent } })
  for (const record of [...out.records, known.last]) {
    t.match(record, {
      'logging.googleapis.com/trace': `projects/shop-1/traces/${trace}`,
      'logging.googleapis.com/spanId': 'b7ad6b7169203331',
      'logging.googleapis.com/trace_sampled': true
    })
  }
  t.match(out.last, { Type: 'request.summary', severity: 'INFO', message: 'request.summary' })
  await app.inject({ url: '/', headers: { 'x-cloud-trace-context': `${trace}/255` } })
  t.match(out.last, {
    'logging.googleapis.com/spanId': '00000000000000ff',
    'logging.googleapis.com/trace_sampled': false
  })
  await app.inject({ url: '/', headers: { 'x-cloud-trace-context': trace } })
  t.notOk('logging.googleapis.com/spanId' in out.last)
  await app.inject('/')
  t.notOk('logging.googleapis.com/trace' in out.last)
})

test('without a project, the trace is its bare id', async (t) => {
  const { app, out } = await build(t, { googleCloud: true, googleCloudProject: '' })
  await app.inject({ url: '/', headers: { traceparent } })
  t.equal(out.last['logging.googleapis.com/trace'], trace)
})
