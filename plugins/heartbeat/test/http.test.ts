import http from 'node:http'
import { setTimeout as sleep } from 'node:timers/promises'
import fastifyEtag from '@fastify/etag'
import fastifyRateLimit from '@fastify/rate-limit'
import fastifySwagger from '@fastify/swagger'
import fastifyUnderPressure from '@fastify/under-pressure'
import Fastify from 'fastify'
import { test } from 'tap'
import { Check } from 'typebox/value'
import { critical, error, heartbeatPayloadSchema, info, warning } from '../src/index.ts'
import { build } from './fixtures/app.ts'

test('answers HEAD with the headers of GET and an empty body, also where HEAD routes are off', async (t) => {
  for (const exposeHeadRoutes of [true, false]) {
    for (const down of [false, true]) {
      const checks = { db: () => (down ? error('app.E1', 'down') : undefined) }
      const app = await build(t, { checks }, Fastify({ exposeHeadRoutes }))
      const get = await app.inject('/__heartbeat__')
      const head = await app.inject({ method: 'HEAD', url: '/__heartbeat__' })
      t.equal(head.statusCode, get.statusCode)
      t.equal(head.body, '')
      for (const header of ['content-length', 'content-type', 'cache-control']) {
        t.equal(head.headers[header], get.headers[header])
      }
      t.equal(head.headers['cache-control'], 'no-store')
    }
  }
})

test('answers with a trailing slash', async (t) => {
  const app = await build(t)
  t.equal((await app.inject('/__heartbeat__/')).statusCode, 200)
})

test('answers with a query string, and no other method', async (t) => {
  let runs = 0
  const app = await build(t, { checks: { db: () => void runs++ } })
  for (const method of ['POST', 'PUT', 'DELETE'] as const) {
    t.equal((await app.inject({ method, url: '/__heartbeat__' })).statusCode, 404)
  }
  t.equal(runs, 0)
  t.equal((await app.inject('/__heartbeat__?from=monitor')).statusCode, 200)
})

test('is never 304, also with @fastify/etag', async (t) => {
  const app = Fastify()
  await app.register(fastifyEtag)
  await build(t, { checks: { db: () => {} } }, app)
  const first = await app.inject('/__heartbeat__')
  const second = await app.inject({
    url: '/__heartbeat__',
    headers: { 'if-none-match': String(first.headers.etag) }
  })
  t.equal(second.statusCode, 200)
  t.equal(second.body, first.body)
})

test("an app's own hook lets in whom it lets in, and no check runs for the others", async (t) => {
  let runs = 0
  const app = Fastify()
  app.addHook('onRequest', async (request, reply) => {
    if (request.headers.authorization !== 'Bearer t') return reply.code(401).send()
  })
  await build(t, { checks: { db: () => void runs++ } }, app)
  t.equal((await app.inject('/__heartbeat__')).statusCode, 401)
  t.equal(runs, 0)
  const headers = { authorization: 'Bearer t' }
  t.equal((await app.inject({ url: '/__heartbeat__', headers })).statusCode, 200)
})

test('is exempt from @fastify/rate-limit', async (t) => {
  const app = Fastify()
  await app.register(fastifyRateLimit, { max: 1 })
  await build(t, {}, app)
  app.get('/', async () => 'limited')
  for (let i = 0; i < 5; i++) t.equal((await app.inject('/__heartbeat__')).statusCode, 200)
  await app.inject('/')
  t.equal((await app.inject('/')).statusCode, 429)
})

test('answers while @fastify/under-pressure sheds the other routes', async (t) => {
  const app = Fastify()
  await app.register(fastifyUnderPressure, { healthCheck: async () => false, healthCheckInterval: 10 })
  app.get('/mine', async () => 'mine')
  await build(t, { checks: { db: () => {} } }, app)
  t.equal((await app.inject('/mine')).statusCode, 503)
  t.equal((await app.inject('/__heartbeat__')).statusCode, 200)
})

test("what the app's own error handler answers keeps its shape", async (t) => {
  const app = Fastify()
  app.setErrorHandler((_error, _request, reply) => reply.code(503).send({ sorry: true }))
  app.addHook('onRequest', async () => {
    throw new Error('no')
  })
  await build(t, {}, app)
  t.equal((await app.inject('/__heartbeat__')).body, '{"sorry":true}')
})

test("an error of the app's own hook keeps its shape, whatever its status code", async (t) => {
  for (const statusCode of [401, 500, 503]) {
    const app = Fastify()
    app.addHook('onRequest', async () => {
      throw Object.assign(new Error('no'), { statusCode, code: 'APP_NO' })
    })
    await build(t, {}, app)
    t.match((await app.inject('/__heartbeat__')).json(), {
      statusCode,
      code: 'APP_NO',
      error: String,
      message: 'no'
    })
  }
})

test('two apps in one process share nothing', async (t) => {
  const one = await build(t, { checks: { db: () => error('app.E1', 'down') } })
  const other = await build(t, { checks: { db: () => {} } })
  t.equal((await one.inject('/__heartbeat__')).statusCode, 503)
  t.equal((await other.inject('/__heartbeat__')).statusCode, 200)
})

test('messages with one id are all told', async (t) => {
  const messages = [warning('app.W1', 'one'), warning('app.W1', 'two'), warning('app.W1', 'one')]
  const app = await build(t, { checks: { db: () => messages } })
  t.match((await app.inject('/__heartbeat__')).json(), {
    details: { db: { messages: { 'app.W1': 'one; two' } } }
  })
})

test('an id such as __proto__ is a key like any other', async (t) => {
  const app = await build(t, { checks: { db: () => warning('__proto__', 'text') } })
  t.match((await app.inject('/__heartbeat__')).body, '"messages":{"__proto__":"text"}')
})

test('details that are a function of the request show on true alone', async (t) => {
  const answers: unknown[] = [true, false, 'yes', Promise.resolve(true), undefined]
  const app = await build(t, { checks: { db: () => {} }, details: () => answers.shift() as boolean })
  t.equal((await app.inject('/__heartbeat__')).body, '{"status":"ok","checks":{"db":"ok"},"details":{}}')
  for (let i = 0; i < 4; i++) t.equal((await app.inject('/__heartbeat__')).body, '{"status":"ok"}')
})

test('every answer matches the exported schema', async (t) => {
  for (const details of [true, false]) {
    const app = await build(t, {
      details,
      checks: { db: () => [error('app.E1', 'down'), info('app.I1', '')] }
    })
    t.ok(Check(heartbeatPayloadSchema, (await app.inject('/__heartbeat__')).json()))
  }
})

test("to application/health+json it answers in the IETF draft's format, to all else in Dockerflow's", async (t) => {
  const checks = {
    db: () => critical('app.C1', 'down'),
    cache: () => warning('app.W1', 'slow'),
    queue: () => info('app.I1', 'fine'),
    mail: () => {}
  }
  const app = await build(t, { checks })
  const ask = (accept: string) => app.inject({ url: '/__heartbeat__', headers: { accept } })
  for (const accept of [
    'application/health+json',
    'Application/Health+JSON;q=0.9, */*',
    'text/html,application/health+json; charset=utf-8'
  ]) {
    const res = await ask(accept)
    t.equal(res.statusCode, 503)
    t.equal(res.headers['content-type'], 'application/health+json; charset=utf-8')
    const body = res.json()
    t.match(body, {
      status: 'fail',
      checks: {
        db: [{ status: 'fail', output: 'down' }],
        cache: [{ status: 'warn', output: 'slow' }],
        queue: [{ status: 'pass' }],
        mail: [{ status: 'pass' }]
      }
    })
    for (const [entry] of Object.values<[Record<string, unknown>]>(body.checks)) {
      t.match(entry, { observedUnit: 'ms', observedValue: Number })
      t.equal(new Date(entry.time as string).toISOString(), entry.time)
    }
  }
  for (const accept of [
    '*/*',
    'application/json',
    'application/*',
    'application/health+json;q=0',
    'xapplication/health+json'
  ]) {
    const res = await ask(accept)
    t.equal(res.headers['content-type'], 'application/json; charset=utf-8')
    t.match(res.json(), { status: 'critical' })
  }
  const brief = await build(t, { details: false })
  const res = await brief.inject({ url: '/__heartbeat__', headers: { accept: 'application/health+json' } })
  t.equal(res.body, '{"status":"pass"}')
})

test('application/health+json says how long the last run of each check took, also when nothing else changed', async (t) => {
  const delays = [30, 0]
  const app = await build(t, {
    ttl: 0,
    checks: {
      db: async () => void (await sleep(delays.shift())),
      hung: { wait: 0, run: () => new Promise(() => {}) }
    }
  })
  const ask = async () => {
    const headers = { accept: 'application/health+json' }
    return (await app.inject({ url: '/__heartbeat__', headers })).json().checks
  }
  const [one, other] = [await ask(), await ask()]
  t.ok(one.db[0].observedValue > 25, `${one.db[0].observedValue} ms`)
  t.ok(other.db[0].observedValue < one.db[0].observedValue)
  t.ok(other.db[0].time > one.db[0].time)
  t.strictSame(Object.keys(other.hung[0]), ['status', 'output'], 'no run, no time')
})

test('an OpenAPI document shows the payload, for each status', async (t) => {
  const app = Fastify()
  await app.register(fastifySwagger, { openapi: {} })
  await build(t, { failedStatusCode: 500 }, app)
  await app.ready()
  const { get } = app.swagger().paths?.['/__heartbeat__'] ?? {}
  for (const code of ['200', '500']) {
    t.match(get?.responses?.[code], {
      content: {
        'application/json': { schema: { properties: { status: {}, checks: {}, details: {} } } },
        'application/health+json': { schema: { properties: { status: {}, checks: {} } } }
      }
    })
  }
})

test('a loop between two services that check each other ends', async (t) => {
  const urls: string[] = []
  const runs = [0, 0]
  const asks =
    (self: number) =>
    ({ signal }: { signal: AbortSignal }) =>
      new Promise<void>((resolve, reject) => {
        runs[self] = (runs[self] ?? 0) + 1
        http
          .get(`${urls[1 - self]}/__heartbeat__`, { signal, agent: false }, (res) => {
            res.resume().on('end', () => {
              if (res.statusCode === 200) resolve()
              else reject(new Error(`answered ${res.statusCode}`))
            })
          })
          .on('error', reject)
      })
  for (const self of [0, 1]) {
    const app = await build(t, { wait: 300, checks: { other: asks(self) } })
    urls.push(await app.listen({ port: 0 }))
  }
  const start = performance.now()
  const codes = await Promise.all(urls.map(async (url) => (await fetch(`${url}/__heartbeat__`)).status))
  t.ok(performance.now() - start < 10_000)
  t.strictSame(codes, [503, 503], 'neither can tell that it is well')
  const settled = [...runs]
  t.ok(settled.every((count) => count <= 2))
  await sleep(1500)
  t.strictSame(runs, settled, 'they do not keep each other busy')
})
