import Fastify, { type FastifyInstance } from 'fastify'
import { type Test, test } from 'tap'
import fastifyLbheartbeat, { type FastifyLbheartbeatOptions } from '../src/index.ts'

async function build(t: Test, opts?: FastifyLbheartbeatOptions): Promise<FastifyInstance> {
  const app = Fastify()
  t.teardown(() => app.close())
  await app.register(fastifyLbheartbeat, opts ?? {})
  return app
}

test('answers 200 with the text OK, not to be stored', async (t) => {
  const app = await build(t)
  const res = await app.inject('/__lbheartbeat__')
  t.equal(res.statusCode, 200)
  t.equal(res.body, 'OK')
  t.equal(res.headers['content-type'], 'text/plain; charset=utf-8')
  t.equal(res.headers['cache-control'], 'no-store')
})

test('answers with a query string', async (t) => {
  const app = await build(t)
  t.equal((await app.inject('/__lbheartbeat__?from=elb')).statusCode, 200)
})

test('answers HEAD with the headers of GET and an empty body, also where HEAD routes are off', async (t) => {
  for (const exposeHeadRoutes of [true, false]) {
    const app = Fastify({ exposeHeadRoutes })
    t.teardown(() => app.close())
    await app.register(fastifyLbheartbeat)
    const [get, head] = await Promise.all([
      app.inject('/__lbheartbeat__'),
      app.inject({ method: 'HEAD', url: '/__lbheartbeat__' })
    ])
    t.equal(head.statusCode, 200)
    t.equal(head.body, '')
    t.equal(head.headers['content-length'], get.headers['content-length'])
    t.equal(head.headers['content-type'], get.headers['content-type'])
    t.equal(head.headers['cache-control'], 'no-store')
  }
})

test('answers OPTIONS with the status of GET and the methods that there are', async (t) => {
  const app = await build(t)
  for (const status of [200, 503]) {
    for (const url of ['/__lbheartbeat__', '/__lbheartbeat__/']) {
      const res = await app.inject({ method: 'OPTIONS', url })
      t.equal(res.statusCode, status)
      t.equal(res.body, '')
      t.equal(res.headers.allow, 'GET, HEAD, OPTIONS')
      t.equal(res.headers['cache-control'], 'no-store')
    }
    app.lbheartbeat.drain()
  }
})

test('answers with a trailing slash', async (t) => {
  const app = await build(t)
  t.equal((await app.inject('/__lbheartbeat__/')).body, 'OK')
})

test('answers no other method', async (t) => {
  const app = await build(t)
  for (const method of ['POST', 'PUT', 'DELETE'] as const) {
    t.equal((await app.inject({ method, url: '/__lbheartbeat__' })).statusCode, 404)
  }
})

test('answers 503 with the text draining once drain() was called, and stays so', async (t) => {
  const app = await build(t)
  t.equal(app.lbheartbeat.draining, false)
  app.lbheartbeat.drain()
  app.lbheartbeat.drain()
  t.equal(app.lbheartbeat.draining, true)
  for (const method of ['GET', 'HEAD'] as const) {
    const res = await app.inject({ method, url: '/__lbheartbeat__' })
    t.equal(res.statusCode, 503)
    t.equal(res.body, method === 'GET' ? 'draining' : '')
    t.equal(res.headers['cache-control'], 'no-store')
  }
})

test('with waitForReady it answers 503 until the app is ready', async (t) => {
  const app = await build(t, { waitForReady: true })
  const answer = async () => {
    const { statusCode, body } = await app.inject('/__lbheartbeat__')
    t.equal(body, app.lbheartbeat.status)
    return [statusCode, body]
  }
  t.strictSame(await answer(), [503, 'starting'])
  app.lbheartbeat.startMaintenance()
  t.strictSame(await answer(), [503, 'starting'], 'not ready comes first')
  app.lbheartbeat.ready()
  t.strictSame(await answer(), [503, 'maintenance'])
  app.lbheartbeat.endMaintenance()
  t.strictSame(await answer(), [200, 'OK'])
})

test('maintenance can be left again, and a drain can not', async (t) => {
  const app = await build(t)
  for (let round = 0; round < 2; round++) {
    app.lbheartbeat.startMaintenance()
    t.equal((await app.inject('/__lbheartbeat__')).statusCode, 503)
    t.equal(app.lbheartbeat.status, 'maintenance')
    app.lbheartbeat.endMaintenance()
    t.equal((await app.inject('/__lbheartbeat__')).statusCode, 200)
  }
  app.lbheartbeat.startMaintenance()
  app.lbheartbeat.drain()
  app.lbheartbeat.endMaintenance()
  app.lbheartbeat.ready()
  t.equal(app.lbheartbeat.status, 'draining')
  t.equal((await app.inject('/__lbheartbeat__')).body, 'draining')
})

test('two apps in one process drain apart', async (t) => {
  const [one, other] = [await build(t), await build(t)]
  one.lbheartbeat.drain()
  t.equal((await one.inject('/__lbheartbeat__')).statusCode, 503)
  t.equal((await other.inject('/__lbheartbeat__')).statusCode, 200)
})

test('url moves the route', async (t) => {
  const app = await build(t, { url: '/up' })
  t.equal((await app.inject('/up')).body, 'OK')
  t.equal((await app.inject('/__lbheartbeat__')).statusCode, 404)
})

test('answers over a real connection', async (t) => {
  const app = await build(t)
  const res = await fetch(`${await app.listen({ port: 0 })}/__lbheartbeat__`)
  t.equal(res.status, 200)
  t.equal(await res.text(), 'OK')
})

test('a bad option is a coded TypeError while registering that names the option', async (t) => {
  const cases: [opts: object, message: string][] = [
    [{ url: 7 }, '@dockerflow/lbheartbeat: option "url" must be a path that starts with "/"'],
    [{ url: null }, '@dockerflow/lbheartbeat: option "url" must be a path that starts with "/"'],
    [{ url: 'up' }, '@dockerflow/lbheartbeat: option "url" must be a path that starts with "/"'],
    [
      { ulr: '/up' },
      '@dockerflow/lbheartbeat: option "ulr" is unknown; the options are: url, waitForReady, hide'
    ],
    [{ waitForReady: 1 }, '@dockerflow/lbheartbeat: option "waitForReady" must be true or false'],
    [{ hide: 'yes' }, '@dockerflow/lbheartbeat: option "hide" must be true or false'],
    // Fastify passes `prefix` by such a plugin without a word: better an error than a route in the wrong place.
    [
      { prefix: '/v1' },
      '@dockerflow/lbheartbeat: option "prefix" is unknown; the options are: url, waitForReady, hide'
    ]
  ]
  for (const [opts, message] of cases) {
    const error = await build(t, opts).catch((err) => err)
    t.ok(error instanceof TypeError)
    t.match(error, { code: 'DOCKERFLOW_LBHEARTBEAT_INVALID_OPTION', message })
  }
  await t.resolves(build(t, { url: undefined }), 'undefined is the default')
})

test('a prefix that would move the default path is a coded error that says what to do', async (t) => {
  const app = Fastify()
  t.teardown(() => app.close())
  app.register(async (ops) => ops.register(fastifyLbheartbeat), { prefix: '/ops' })
  await t.rejects(async () => app.ready(), {
    code: 'DOCKERFLOW_LBHEARTBEAT_PREFIXED_SCOPE',
    message:
      '@dockerflow/lbheartbeat: the scope\'s prefix would move "/__lbheartbeat__" to "/ops/__lbheartbeat__"; register the plugin outside of that scope, or set the option "url" if you mean it'
  })
})

test('a second registration is a coded error that names the plugin', async (t) => {
  const app = await build(t)
  await t.rejects(async () => app.register(fastifyLbheartbeat), {
    code: 'DOCKERFLOW_LBHEARTBEAT_ALREADY_REGISTERED',
    message: '@dockerflow/lbheartbeat: the plugin is registered already; register it once'
  })
})
