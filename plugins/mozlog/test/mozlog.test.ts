import Fastify, { type FastifyInstance } from 'fastify'
import { type Test, test } from 'tap'
import fastifyMozlog, {
  createMozlog,
  type FastifyMozlogOptions,
  type MozlogServerOptions,
  mozlogServerOptions
} from '../src/index.ts'
import { lines } from './lines.ts'

async function build(t: Test, opts: FastifyMozlogOptions = {}, server: MozlogServerOptions = {}) {
  const out = lines()
  const app: FastifyInstance = Fastify({ ...mozlogServerOptions({ stream: out, ...server }) })
  t.teardown(() => app.close())
  await app.register(fastifyMozlog, opts)
  return { app, out }
}

test('a line is a mozlog record', async (t) => {
  const out = lines()
  createMozlog({ logger: 'demo', hostname: 'web_1', stream: out }).info(
    { type: 'cart.added', items: 3 },
    'added'
  )
  t.match(out.last, {
    Type: 'cart.added',
    Logger: 'demo',
    Hostname: 'web-1',
    EnvVersion: '2.0',
    Severity: 6,
    Pid: process.pid,
    Fields: { msg: 'added', items: 3 }
  })
  t.match(out.raw[0], /^\{"Timestamp":\d{19},/)
})

test('a request is one request.summary', async (t) => {
  const { app, out } = await build(t)
  app.get('/hello', async (request) => {
    request.log.info('inside')
    return 'hello'
  })
  const res = await app.inject({
    url: '/hello?token=1',
    headers: { 'user-agent': 'test', 'accept-language': 'fy' }
  })
  const [inside, summary, ...more] = out.records
  t.strictSame(more, [])
  t.equal(inside?.Fields?.rid, res.headers['x-request-id'])
  t.equal(summary?.Type, 'request.summary')
  t.match(summary?.Fields, {
    agent: 'test',
    code: 200,
    errno: 0,
    lang: 'fy',
    method: 'GET',
    path: '/hello',
    rid: res.headers['x-request-id']
  })
})

test('an exception makes the one line an error with its traceback', async (t) => {
  const { app, out } = await build(t)
  app.get('/fail', async () => {
    throw new Error('the cellar is flooded')
  })
  t.equal((await app.inject('/fail')).statusCode, 500)
  t.equal(out.records.length, 1)
  t.match(out.last, { Type: 'request.summary', Severity: 3 })
  t.match(out.last.Fields, {
    code: 500,
    errno: 500,
    msg: 'the cellar is flooded',
    error: 'Error: the cellar is flooded',
    traceback: /cellar is flooded\n {4}at /
  })
})
