import type { Server } from 'node:http'
import { makeCertificate, withoutOpenssl } from '@dockerflow/testing/certificates'
import Fastify from 'fastify'
import { type Test, test } from 'tap'
import { type DockerflowServerOptions, dockerflowServerOptions } from '../src/index.ts'

/** The limits of the server that Fastify makes of these options. */
function limits(t: Test, opts?: DockerflowServerOptions) {
  const app = Fastify(dockerflowServerOptions(opts) as object)
  t.teardown(() => app.close())
  const { requestTimeout, headersTimeout, connectionsCheckingInterval } = app.server as Server & {
    connectionsCheckingInterval: number
  }
  return [requestTimeout, headersTimeout, connectionsCheckingInterval]
}

test('a client has 10 s for its headers and 60 s for its request', async (t) => {
  t.strictSame(limits(t), [60_000, 10_000, 5000])
  t.strictSame(limits(t, { logger: 'shop' }), [60_000, 10_000, 5000])
})

test('each limit can be set, where Fastify has it or where Node has it', async (t) => {
  t.strictSame(limits(t, { requestTimeout: 120_000 }), [120_000, 10_000, 5000])
  t.strictSame(limits(t, { requestTimeout: 0 }), [0, 10_000, 5000])
  t.strictSame(limits(t, { requestTimeout: 5000 }), [5000, 5000, 5000])
  t.strictSame(limits(t, { http: { requestTimeout: 5000 } }), [5000, 5000, 5000])
  t.strictSame(limits(t, { http: { headersTimeout: 20_000 } }), [60_000, 20_000, 5000])
  t.strictSame(limits(t, { http: { connectionsCheckingInterval: 100 } }), [60_000, 10_000, 100])
})

test('the limits are those of a server with TLS too', { skip: withoutOpenssl() }, async (t) => {
  const https = await makeCertificate(2)
  t.strictSame(limits(t, { https }), [60_000, 10_000, 5000])
  t.strictSame(limits(t, { https: { ...https, headersTimeout: 7000 } }), [60_000, 7000, 5000])
})

test("any of Fastify's options is passed on", async (t) => {
  const options = dockerflowServerOptions({
    logger: 'shop',
    trustProxy: true,
    bodyLimit: 1024,
    routerOptions: { ignoreTrailingSlash: true }
  })
  const app = Fastify(options)
  t.teardown(() => app.close())
  app.get('/', async (request) => request.ip)
  const headers = { 'x-forwarded-for': '10.1.2.3' }
  t.equal((await app.inject({ url: '/', headers })).body, '10.1.2.3')
  t.equal(app.initialConfig.bodyLimit, 1024)
  t.match(dockerflowServerOptions({ http2: true }), { http2: true })
})

test('an option that Fastify has and mozlog too is the one of the service', async (t) => {
  const genReqId = () => 'mine'
  t.equal(dockerflowServerOptions({ genReqId }).genReqId, genReqId)
})

test('what fastify-cli adds a logger to is still one logger', async (t) => {
  const options = Object.assign({ logger: { level: 'info' } }, dockerflowServerOptions({ logger: 'shop' }))
  const app = Fastify(options as object)
  t.teardown(() => app.close())
  t.ok(app)
})

test('a bad option is a coded TypeError that names it', async (t) => {
  const cases: [opts: unknown, code: string, message: RegExp][] = [
    [{ lgoger: 'shop' }, 'DOCKERFLOW_MOZLOG_INVALID_OPTION', /option "lgoger" is unknown/],
    [{ logger: true }, 'DOCKERFLOW_MOZLOG_INVALID_OPTION', /option "logger" must be a string/],
    [
      { loggerInstance: {} },
      'DOCKERFLOW_ALL_INVALID_OPTION',
      /"loggerInstance" must be left out, since mozlog/
    ],
    [
      { requestIdHeader: 'x' },
      'DOCKERFLOW_ALL_INVALID_OPTION',
      /"requestIdHeader" must be left out; use req/
    ],
    ['shop', 'DOCKERFLOW_ALL_INVALID_OPTION', /option "options" must be an object/]
  ]
  for (const [opts, code, message] of cases) {
    t.throws(() => dockerflowServerOptions(opts as DockerflowServerOptions), { code, message })
  }
})
