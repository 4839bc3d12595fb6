import { setTimeout as sleep } from 'node:timers/promises'
import fastifyCors from '@fastify/cors'
import createError from '@fastify/error'
import underPressure from '@fastify/under-pressure'
import Fastify, { type FastifyInstance, type FastifyReply, type FastifyServerOptions } from 'fastify'
import fp from 'fastify-plugin'
import { type Test, test } from 'tap'
import { addEndpoint, type Endpoint } from '../src/index.ts'

const AlreadyRegistered = createError<[fault: string]>(
  'DOCKERFLOW_UP_ALREADY_REGISTERED',
  '@dockerflow/up: %s'
)
const PrefixedScope = createError<[url: string, movedTo: string]>(
  'DOCKERFLOW_UP_PREFIXED_SCOPE',
  '@dockerflow/up: "%s" would be "%s"'
)

type Options = Partial<Omit<Endpoint, 'plugin' | 'schema'>>

const up = fp(async (fastify: FastifyInstance, { url, ...rest }: Options) => {
  addEndpoint(
    fastify,
    {
      plugin: '@dockerflow/up',
      url: url ?? '/__up__',
      hide: false,
      schema: {
        summary: 'Is it up?',
        response: { 503: { type: 'object', properties: { a: { type: 'string' } } } }
      },
      handler: async () => ({ up: true }),
      ...rest
    },
    { AlreadyRegistered, PrefixedScope: url === undefined ? PrefixedScope : undefined }
  )
})

function create(t: Test, opts: FastifyServerOptions = {}): FastifyInstance {
  const app = Fastify(opts)
  t.teardown(() => app.close())
  return app
}

test('answers GET and HEAD, with and without a trailing slash, and no other method', async (t) => {
  const app = create(t)
  app.register(up)
  for (const url of ['/__up__', '/__up__/', '/__up__?from=elb', '/__up__/?from=elb']) {
    const get = await app.inject(url)
    const head = await app.inject({ method: 'HEAD', url })
    t.strictSame([get.statusCode, get.body], [200, '{"up":true}'], url)
    t.strictSame([head.statusCode, head.body], [200, ''], url)
    for (const method of ['POST', 'DELETE', 'OPTIONS'] as const) {
      t.equal((await app.inject({ method, url })).statusCode, 404)
    }
  }
})

test('answers with a trailing slash where the app ignores that anyway', async (t) => {
  for (const opts of [{ ignoreTrailingSlash: true }, { routerOptions: { ignoreTrailingSlash: true } }]) {
    const app = create(t, opts)
    app.register(up)
    for (const url of ['/__up__', '/__up__/']) t.equal((await app.inject(url)).statusCode, 200)
  }
})

test('leaves alone what the app itself answers with a trailing slash', async (t) => {
  const app = create(t)
  app.get('/__up__/', async () => 'mine')
  app.register(up)
  t.equal((await app.inject('/__up__/')).body, 'mine')
  t.equal((await app.inject('/__up__')).body, '{"up":true}')
})

test('a path that nothing can follow has one route', async (t) => {
  const paths = { '/': '/', '/up/': '/up/', '/up/*': '/up/x', '/up/:name?': '/up/x' }
  for (const [url, path] of Object.entries(paths)) {
    const app = create(t)
    app.register(up, { url })
    t.equal((await app.inject(path)).statusCode, 200, url)
  }
})

test('its routes say that they are Dockerflow’s, so that an auth hook can leave them out', async (t) => {
  const app = create(t)
  app.addHook('onRequest', async (request, reply) => {
    if (request.routeOptions.config.dockerflow) return
    return reply.code(401).send()
  })
  app.get('/mine', async () => 'mine')
  app.register(up, { config: { rateLimit: false }, onOptions: async () => '' })
  t.equal((await app.inject('/mine')).statusCode, 401)
  for (const method of ['GET', 'HEAD', 'OPTIONS'] as const) {
    for (const url of ['/__up__', '/__up__/']) t.equal((await app.inject({ method, url })).statusCode, 200)
  }
})

test('answers OPTIONS where it is asked to, also beside @fastify/cors', async (t) => {
  const app = create(t)
  await app.register(fastifyCors)
  app.register(up, { onOptions: async (_request, reply) => reply.header('allow', 'GET').send() })
  for (const url of ['/__up__', '/__up__/']) {
    const { statusCode, headers } = await app.inject({ method: 'OPTIONS', url })
    t.equal(statusCode, 200)
    t.equal(headers.allow, 'GET')
  }
})

test('needs neither the compilers of the app nor those of Fastify', async (t) => {
  const app = create(t)
  const refuse = () => {
    throw new Error('not a schema of mine')
  }
  app.setSerializerCompiler(refuse)
  app.setValidatorCompiler(refuse)
  // As a platform's plugin might demand a header of each route.
  app.addHook('onRoute', (route) => {
    route.schema = { ...route.schema, headers: { type: 'object', required: ['x-tenant'] } }
  })
  app.register(up)
  t.equal((await app.inject('/__up__')).body, '{"up":true}')
})

test('an answer is sent whole, also with a status whose schema names only some of its members', async (t) => {
  const app = create(t)
  const handler = async (_request: unknown, reply: FastifyReply) => reply.code(503).send({ a: 'a', b: 1 })
  app.register(up, { handler })
  const res = await app.inject('/__up__')
  t.strictSame([res.statusCode, res.json()], [503, { a: 'a', b: 1 }])
})

test('what a hook throws keeps the form that Fastify gives it, also with a status that the schema names', async (t) => {
  const app = create(t)
  app.addHook('onRequest', async () => {
    throw Object.assign(new Error('busy'), { statusCode: 503, code: 'BUSY' })
  })
  app.register(up)
  const res = await app.inject('/__up__')
  t.equal(res.statusCode, 503)
  t.strictSame(res.json(), { statusCode: 503, code: 'BUSY', error: 'Service Unavailable', message: 'busy' })
})

async function faultOf(app: FastifyInstance): Promise<unknown> {
  try {
    await app.ready()
  } catch (err) {
    return err
  }
}

test('a prefix that would move the default path is an error', async (t) => {
  const app = create(t)
  app.register(async (ops) => ops.register(up), { prefix: '/ops' })
  t.match(await faultOf(app), {
    code: 'DOCKERFLOW_UP_PREFIXED_SCOPE',
    message: '@dockerflow/up: "/__up__" would be "/ops/__up__"'
  })
})

test('a path of your own may be in a scope with a prefix', async (t) => {
  const app = create(t)
  app.register(async (ops) => ops.register(up, { url: '/__up__' }), { prefix: '/ops' })
  app.register(async (plain) => plain.register(up), { prefix: '/' })
  for (const url of ['/ops/__up__', '/ops/__up__/', '/__up__']) {
    t.equal((await app.inject(url)).statusCode, 200, url)
  }
})

test('a second registration in one scope is an error', async (t) => {
  const app = create(t)
  app.register(up)
  app.register(up, { url: '/other' })
  t.match(await faultOf(app), {
    code: 'DOCKERFLOW_UP_ALREADY_REGISTERED',
    message: '@dockerflow/up: the plugin is registered already; register it once'
  })
})

test('a second registration at the same path is an error, and at another path is not', async (t) => {
  const app = create(t)
  app.register(async (one) => one.register(up))
  app.register(async (two) => two.register(up, { url: '/internal' }))
  t.equal((await app.inject('/internal')).statusCode, 200)

  const other = create(t)
  other.register(async (one) => one.register(up))
  other.register(async (two) => two.register(up))
  t.match(await faultOf(other), {
    code: 'DOCKERFLOW_UP_ALREADY_REGISTERED',
    message:
      '@dockerflow/up: "/__up__" has a route already; register the plugin once, or set its option "url"'
  })
})

test('an overloaded process stays visible beside @fastify/under-pressure', async (t) => {
  const app = create(t)
  await app.register(underPressure, { maxHeapUsedBytes: 1, sampleInterval: 10 })
  app.get('/mine', async () => 'mine')
  app.register(up)
  // Until its first sample everything is answered.
  while ((await app.inject('/mine')).statusCode !== 503) await sleep(10)
  t.equal((await app.inject('/__up__')).statusCode, 200)
})
