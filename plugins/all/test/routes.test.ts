import fastifyRateLimit from '@fastify/rate-limit'
import fastifySwagger from '@fastify/swagger'
import underPressure from '@fastify/under-pressure'
import Fastify, { type FastifyInstance } from 'fastify'
import { jsonSchemaTransform, serializerCompiler, validatorCompiler } from 'fastify-type-provider-zod'
import { type Test, test } from 'tap'
import { z } from 'zod'
import dockerflow, { type FastifyDockerflowOptions } from '../src/index.ts'

const paths = ['/__lbheartbeat__', '/__version__', '/__heartbeat__', '/metrics', '/__error__']
const statusOf = (path: string) => (path === '/__error__' ? 500 : 200)

const all = (hide = false): FastifyDockerflowOptions => ({
  mozlog: false,
  lbheartbeat: { hide },
  version: { version: { version: '1.2.3' }, hide },
  heartbeat: { checks: { db: () => {} }, hide },
  statsd: { metricsUrl: '/metrics', hide },
  error: { enabled: true, hide }
})

function create(t: Test): FastifyInstance {
  const app = Fastify()
  t.teardown(() => app.close())
  return app
}

test('each route says that it is Dockerflow’s, so that an auth hook can leave it out', async (t) => {
  const app = create(t)
  app.addHook('onRequest', async (request, reply) => {
    if (!request.routeOptions.config.dockerflow) return reply.code(401).send()
  })
  app.get('/mine', async () => 'mine')
  await app.register(dockerflow, all())
  t.equal((await app.inject('/mine')).statusCode, 401)
  for (const path of paths) {
    for (const url of [path, `${path}/`, `${path}?a=b`]) {
      t.equal((await app.inject(url)).statusCode, statusOf(path), url)
      t.equal((await app.inject({ method: 'HEAD', url })).statusCode, statusOf(path), `HEAD ${url}`)
    }
  }
})

test('an app that validates and serializes with Zod starts, and documents its API', async (t) => {
  const app = create(t)
  app.setValidatorCompiler(validatorCompiler)
  app.setSerializerCompiler(serializerCompiler)
  await app.register(fastifySwagger, {
    openapi: { info: { title: 'shop', version: '1' } },
    transform: jsonSchemaTransform
  })
  await app.register(dockerflow, all())
  app.get('/mine', { schema: { response: { 200: z.object({ name: z.string() }) } } }, async () => ({
    name: 'a'
  }))
  for (const path of paths) t.equal((await app.inject(path)).statusCode, statusOf(path), path)
  t.equal((await app.inject('/mine')).body, '{"name":"a"}')
  t.strictSame(Object.keys(app.swagger().paths ?? {}).sort(), ['/mine', ...paths].sort())
})

test('hide leaves each route out of the OpenAPI document', async (t) => {
  const app = create(t)
  await app.register(fastifySwagger, { openapi: { info: { title: 'shop', version: '1' } } })
  await app.register(dockerflow, all(true))
  app.get('/mine', async () => 'mine')
  await app.ready()
  t.strictSame(Object.keys(app.swagger().paths ?? {}), ['/mine'])
})

test('a database that blinks takes none of them out, where @fastify/under-pressure asks it', async (t) => {
  const app = create(t)
  await app.register(underPressure, { healthCheck: async () => false, healthCheckInterval: 10 })
  app.get('/mine', async () => 'mine')
  await app.register(dockerflow, all())
  t.equal((await app.inject('/mine')).statusCode, 503)
  for (const path of paths) t.equal((await app.inject(path)).statusCode, statusOf(path), path)
})

test('@fastify/rate-limit never refuses the three endpoints', async (t) => {
  const app = create(t)
  await app.register(fastifyRateLimit, { max: 1 })
  app.get('/mine', async () => 'mine')
  await app.register(dockerflow, all())
  for (const path of ['/__lbheartbeat__', '/__version__', '/__heartbeat__']) {
    for (const url of [path, path, `${path}/`, `${path}/`])
      t.equal((await app.inject(url)).statusCode, 200, url)
  }
  const codes = [await app.inject('/mine'), await app.inject('/mine')].map(({ statusCode }) => statusCode)
  t.strictSame(codes, [200, 429])
})

test('a second registration is a coded error that names the plugin', async (t) => {
  const app = create(t)
  await app.register(dockerflow, all())
  await t.rejects(async () => app.register(dockerflow, all()), { code: 'DOCKERFLOW_ALL_ALREADY_REGISTERED' })
})
