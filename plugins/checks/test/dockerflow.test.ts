import http, { createServer, type RequestListener } from 'node:http'
import { syncBuiltinESMExports } from 'node:module'
import fastifyHeartbeat, { type HeartbeatCheck } from '@dockerflow/heartbeat'
import { NodeServer } from '@dockerflow/testing/node-server'
import { freePort } from '@dockerflow/testing/programs'
import Fastify from 'fastify'
import { type Test, test } from 'tap'
import { dockerflowCheck } from '../src/dockerflow.ts'
import { canary, drive, networked, until, written } from './suite.ts'

/** A real service with a heartbeat of these checks. */
async function service(
  t: Test,
  checks: Record<string, HeartbeatCheck>,
  opts: object = {},
  port = 0
): Promise<string> {
  const app = Fastify()
  t.teardown(() => app.close())
  await app.register(fastifyHeartbeat, { checks, ...opts })
  return `${await app.listen({ port, host: '127.0.0.1' })}/__heartbeat__`
}

const says =
  (...levels: number[]): HeartbeatCheck =>
  () =>
    levels.map((level) => ({ level, id: `app.${level}`, message: 'as told' }))

networked('a service with a heartbeat', {
  perRun: true,
  server: () =>
    NodeServer.create(() =>
      createServer((_request, reply) => reply.end('{"status":"ok","checks":{},"details":{}}'))
    ),
  client: (port) => `http://demo:${canary}@127.0.0.1:${port}/__heartbeat__`,
  check: (url) => dockerflowCheck(url),
  use: (url) => dockerflowCheck(url).run({ signal: AbortSignal.timeout(5000) }),
  end: () => {}
})

test('a tracer that replaces http.request after the check was imported sees what is asked', async (t) => {
  const url = await service(t, { db: says(0) })
  const { request } = http
  const seen: unknown[] = []
  const restore = () => {
    http.request = request
    syncBuiltinESMExports()
  }
  t.teardown(restore)
  http.request = ((...args: Parameters<typeof request>) => {
    seen.push(String(args[0]))
    return request(...args)
  }) as typeof request
  syncBuiltinESMExports()
  await drive(dockerflowCheck(url))
  restore()
  t.strictSame(seen, [url])
})

test("the service's level becomes the check's", async (t) => {
  const cases: [level: number, letter: string, status: string][] = [
    [20, 'I', 'info'],
    [30, 'W', 'warning'],
    [40, 'E', 'error'],
    [50, 'C', 'critical']
  ]
  for (const [level, letter, status] of cases) {
    for (const details of [true, false]) {
      const url = await service(t, { db: says(0, 10, level) }, { details })
      t.strictSame((await drive(dockerflowCheck(new URL(url)))).messages, [
        { level, id: `dockerflow.health.${letter}015`, message: `the service says ${status}` }
      ])
    }
  }
  t.strictSame((await drive(dockerflowCheck(await service(t, {})))).messages, [])
  t.strictSame((await drive(dockerflowCheck(await service(t, { db: says(10) })))).messages, [])
})

test('what the service has from yet another service is left out', async (t) => {
  const last = await service(t, { db: says(40) })
  const middle = await service(t, { last: dockerflowCheck(last), db: says(30) })
  t.match((await drive(dockerflowCheck(middle))).messages, [
    { level: 30, message: 'the service says warning' }
  ])
  const well = await service(t, { last: dockerflowCheck(last) })
  t.strictSame((await drive(dockerflowCheck(well))).messages, [])
})

test('a level that has no name is not known', async (t) => {
  const url = await service(t, { db: says(35) })
  t.match((await drive(dockerflowCheck(url))).err, { code: 'NO_HEARTBEAT' })
  const last = await service(t, { db: says(40) })
  const middle = await service(t, { last: dockerflowCheck(last), db: says(33) })
  t.match((await drive(dockerflowCheck(middle))).messages, [{ level: 40 }])
})

test('two services that check each other both start, and are both well again after a failure', async (t) => {
  const ports = [await freePort(), await freePort()]
  let broken = false
  const db: HeartbeatCheck = () => (broken ? [{ level: 40, id: 'app.E001', message: 'broken' }] : [])
  const settings = { wait: 200, ttl: 1 }
  const urls = await Promise.all(
    ports.map((port, i) => {
      const other = dockerflowCheck(`http://127.0.0.1:${ports[1 - i]}/__heartbeat__`)
      return service(t, i === 0 ? { db, other } : { other }, settings, port)
    })
  )
  const are = async (status: number) => {
    const replies = await Promise.all(urls.map((url) => fetch(url, { headers: { connection: 'close' } })))
    return replies.every((reply) => reply.status === status)
  }
  await until(() => are(200), 'both are well', 10_000)
  broken = true
  await until(() => are(503), 'both see the failure', 10_000)
  broken = false
  await until(() => are(200), 'both are well again', 10_000)
})

test('an answer that is no heartbeat fails with its code', async (t) => {
  const replies: RequestListener[] = [
    (_request, reply) => reply.end('OK'),
    (_request, reply) => reply.end('null'),
    (_request, reply) => reply.end('{"status":"great"}'),
    (_request, reply) => reply.end('{"status":"constructor"}'),
    (_request, reply) => reply.writeHead(502).end('{"error":"Bad Gateway"}'),
    (_request, reply) => reply.end(`{"status":"ok","padding":"${'x'.repeat(300_000)}"}`)
  ]
  for (const reply of replies) {
    const server = await NodeServer.create(() => createServer(reply))
    t.teardown(() => server.remove())
    const outcome = await drive(dockerflowCheck(`http://demo:${canary}@127.0.0.1:${server.port}/`))
    t.match(outcome.err, { code: 'NO_HEARTBEAT' })
    t.notOk(written(outcome).includes(canary))
  }
})

test('hostile details do no harm', async (t) => {
  for (const details of [
    '{"a":null}',
    '{"a":7}',
    '{"a":{"messages":[]}}',
    '{"a":{"messages":null}}',
    '[[]]'
  ]) {
    const server = await NodeServer.create(() =>
      createServer((_request, reply) => reply.end(`{"status":"error","details":${details}}`))
    )
    t.teardown(() => server.remove())
    const { messages } = await drive(dockerflowCheck(`http://127.0.0.1:${server.port}/`))
    t.match(messages, [{ level: 40 }])
  }
})

test('headers are sent', async (t) => {
  const server = await NodeServer.create(() =>
    createServer(({ headers }, reply) => {
      const ok = headers.authorization === 'Bearer a-token'
      reply.end(ok ? '{"status":"ok"}' : '{"status":"error"}')
    })
  )
  t.teardown(() => server.remove())
  const url = `http://127.0.0.1:${server.port}/`
  const { messages } = await drive(dockerflowCheck(url, { headers: { authorization: 'Bearer a-token' } }))
  t.strictSame(messages, [])
})

test('a wrong URL is a coded TypeError', async (t) => {
  t.throws(() => dockerflowCheck('a-service'), {
    code: 'DOCKERFLOW_CHECKS_INVALID_CLIENT',
    message: '@dockerflow/checks: dockerflowCheck must be given a URL that starts with http:// or https://'
  })
})
