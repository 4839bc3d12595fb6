// How requests end, and what their summary says of it.

import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { ServerResponse } from 'node:http'
import { connect as connect2, constants } from 'node:http2'
import { connect, type Socket } from 'node:net'
import { text } from 'node:stream/consumers'
import { setTimeout as sleep } from 'node:timers/promises'
import proxy from '@fastify/http-proxy'
import websocket from '@fastify/websocket'
import type { FastifyServerOptions } from 'fastify'
import { test } from 'tap'
import { buildApp } from './fixtures/app.ts'

const portOf = (url: string) => Number(new URL(url).port)

/** Sends a text, and reads until the server ends the connection or `ms` have passed. */
async function send(url: string, request: string, ms = 20_000): Promise<string> {
  const socket = connect(portOf(url), '127.0.0.1')
  socket.setTimeout(ms, () => socket.destroy())
  socket.write(request)
  let answer = ''
  socket.on('data', (data) => {
    answer += data
  })
  socket.on('error', () => {})
  await new Promise((resolve) => socket.on('close', resolve))
  return answer
}

test('a second error of the same request throws nothing', async (t) => {
  const { app, settled } = await buildApp(t)
  app.get('/', (_request, reply) => {
    setImmediate(() => {
      reply.send(new Error('reset'))
      reply.send(new Error('closed'))
    })
  })
  t.equal((await app.inject('/')).statusCode, 500)
  t.match(await settled(1), [{ Severity: 3, code: 500, error: 'Error: reset' }])
})

test('behind a proxy whose HTTP/2 upstream is down, the answer is 503', async (t) => {
  const { app, settled } = await buildApp(t)
  await app.register(proxy, { upstream: 'http://127.0.0.1:9', http2: true })
  const url = await app.listen({ port: 0, host: '127.0.0.1' })
  t.equal((await fetch(`${url}/x`)).status, 503)
  t.match(await settled(1), [{ code: 503 }])
})

test('all hops of a proxied request share its id, and the client gets it', async (t) => {
  const service = await buildApp(t)
  service.app.get('/x', async () => 'x')
  service.app.get('/other', async (_request, reply) => reply.header('x-request-id', 'theirs').send('x'))
  const upstream = await service.app.listen({ port: 0, host: '127.0.0.1' })
  const gateway = await buildApp(t)
  await gateway.app.register(proxy, { upstream })
  const url = await gateway.app.listen({ port: 0, host: '127.0.0.1' })
  for (const [count, headers] of [
    [1, {}],
    [2, { 'x-request-id': 'client-1' }],
    [3, { 'x-request-id': 'not fit; at all' }]
  ] as const) {
    const answer = await fetch(`${url}/x`, { headers })
    const rid = answer.headers.get('x-request-id')
    t.match(rid, count === 2 ? 'client-1' : /^[0-9a-f-]{36}$/)
    t.equal((await service.settled(count)).at(-1)?.rid, rid)
    t.equal((await gateway.settled(count)).at(-1)?.rid, rid)
  }
  const { headers } = await fetch(`${url}/other`)
  t.equal((await gateway.settled(4)).at(-1)?.rid, headers.get('x-request-id'))
})

test('a websocket is 101 and no error, however it is closed, and one that is refused is not', async (t) => {
  const { app, settled } = await buildApp(t)
  await app.register(websocket)
  const echo = (socket: { on(event: string, listener: () => void): void; send(text: string): void }) =>
    socket.on('message', () => socket.send('echo'))
  app.get('/ws', { websocket: true } as object, echo as never)
  const statuses: number[] = []
  app.addHook('onRequest', (_request, { raw }, done) => {
    raw.on('close', () => statuses.push(raw.statusCode))
    done()
  })
  const url = await app.listen({ port: 0, host: '127.0.0.1' })
  const open = async () => {
    const socket = new WebSocket(`${url.replace('http', 'ws')}/ws`)
    await once(socket, 'open')
    return socket
  }
  const handshake = (path: string, key: string) =>
    `GET ${path} HTTP/1.1\r\nhost: a\r\nconnection: upgrade\r\nupgrade: websocket\r\nsec-websocket-version: 13\r\nsec-websocket-key: ${key}\r\n\r\n`
  const key = 'dGhlIHNhbXBsZSBub25jZQ=='
  const used = await open()
  used.send('x')
  await once(used, 'message')
  used.close(1000)
  await settled(1)
  t.match(await send(url, handshake('/ws', key), 200), /^HTTP\/1.1 101/)
  await settled(2)
  t.match(await send(url, handshake('/nowhere', key), 200), /^HTTP\/1.1 404/)
  await settled(3)
  t.match(await send(url, handshake('/ws', 'bad')), /^HTTP\/1.1 400/)
  t.match(await settled(4), [
    { Severity: 6, code: 101, errno: 0, path: '/ws' },
    { Severity: 6, code: 101, errno: 0, path: '/ws' },
    { Severity: 6, code: 404, errno: 0, path: '/nowhere' },
    { Severity: 6, code: 400, errno: 0, path: '/ws' }
  ])
  t.strictSame(statuses, [101, 101, 404, 400], 'other listeners see the status too')
  await open()
  await app.close()
  t.match((await settled(5))[4], { Severity: 6, code: 101, errno: 0 })
})

test('an upgrade that is answered with no HTTP has no status', async (t) => {
  const { app, settled } = await buildApp(t)
  app.get('/raw', (request, reply) => {
    reply.hijack()
    request.raw.socket.end('no HTTP')
  })
  app.server.on('upgrade', (raw, socket) => {
    const response = new ServerResponse(raw)
    response.assignSocket(socket as Socket)
    app.routing(raw, response)
  })
  const url = await app.listen({ port: 0, host: '127.0.0.1' })
  const request = 'GET /raw HTTP/1.1\r\nhost: a\r\nconnection: upgrade\r\nupgrade: x\r\n\r\n'
  t.equal(await send(url, request), 'no HTTP')
  t.match(await settled(1), [{ Severity: 6, code: 499, path: '/raw' }])
})

test('what is still open when the process ends has its summary', async (t) => {
  const index = new URL('../src/index.ts', import.meta.url).href
  const program = `
    import Fastify from 'fastify'; import plugin, { mozlogServerOptions } from ${JSON.stringify(index)}
    const app = Fastify(mozlogServerOptions()); await app.register(plugin)
    app.get('/hang', () => new Promise(() => {}))
    app.get('/events', (request, reply) => { reply.hijack(); reply.raw.writeHead(200).write('x') })
    const url = await app.listen({ port: 0, host: '127.0.0.1' })
    fetch(url + '/hang').catch(() => {}); await fetch(url + '/events')
    setTimeout(() => process.exit(), 300)`
  const child = spawn(process.execPath, [...process.execArgv, '--input-type=module', '-e', program], {
    stdio: ['ignore', 'pipe', 'inherit']
  })
  const records = (await text(child.stdout))
    .split('\n')
    .filter(Boolean)
    .map((line) => JSON.parse(line))
  const summaries = records.filter(({ Type }) => Type === 'request.summary').map(({ Fields }) => Fields)
  t.match(
    summaries.sort((a, b) => a.code - b.code),
    [
      { code: 200, errno: 503, path: '/events' },
      { code: 503, errno: 503, path: '/hang' }
    ]
  )
})

test('a client that breaks off in the middle of its body is 499, over HTTP/1 and HTTP/2', async (t) => {
  for (const http2 of [false, true]) {
    const { app, settled } = await buildApp(t, { server: { http2 } as FastifyServerOptions })
    app.post('/body', async () => 'ok')
    const url = await app.listen({ port: 0, host: '127.0.0.1' })
    for (const how of ['reset', 'gone']) {
      if (http2) {
        const client = connect2(url).on('error', () => {})
        const stream = client.request({
          ':method': 'POST',
          ':path': '/body',
          'content-type': 'application/json'
        })
        stream.on('error', () => {}).write('{"a":1')
        await sleep(50)
        if (how === 'reset') stream.close(constants.NGHTTP2_CANCEL)
        else client.destroy()
        await settled(how === 'reset' ? 1 : 2)
        client.destroy()
      } else {
        const socket = connect(portOf(url), '127.0.0.1').on('error', () => {})
        const head =
          'POST /body HTTP/1.1\r\nhost: x\r\ncontent-type: application/json\r\ncontent-length: 100\r\n\r\n'
        socket.write(`${head}{"a":1`)
        await sleep(50)
        if (how === 'reset') socket.resetAndDestroy()
        else socket.destroy()
        await settled(how === 'reset' ? 1 : 2)
      }
    }
    const expected = { Severity: 6, code: 499, errno: 499, path: '/body' }
    t.match(await settled(2), [expected, expected], http2 ? 'HTTP/2' : 'HTTP/1')
  }
})

test('what a handler gives up because its client left is no error', async (t) => {
  const { app, settled } = await buildApp(t)
  app.get('/', async (request) => {
    await once(request.raw, 'close')
    throw new DOMException('given up', 'AbortError')
  })
  const url = await app.listen({ port: 0, host: '127.0.0.1' })
  await send(url, 'GET / HTTP/1.1\r\nhost: x\r\n\r\n', 300)
  t.match(await settled(1), [{ Severity: 6, code: 499, errno: 499 }])
})

test('what a handler answers at the very moment when its client leaves is no error', async (t) => {
  const errors = [
    Object.assign(new Error('upstream'), { code: 'ECONNRESET' }),
    new DOMException('given up', 'AbortError'),
    Object.assign(new Error('half a body'), { statusCode: 400 })
  ]
  const { app, settled } = await buildApp(t)
  for (const [index, error] of errors.entries()) {
    app.get(`/${index}`, (request, reply) => {
      request.raw.once('aborted', () => reply.send(error))
    })
  }
  const url = await app.listen({ port: 0, host: '127.0.0.1' })
  for (const index of errors.keys()) {
    await send(url, `GET /${index} HTTP/1.1\r\nhost: x\r\n\r\n`, 300)
    t.match((await settled(index + 1))[index], { Severity: 6, code: 499, errno: 499 })
  }
})

test('over HTTP/2, a stream that its client reset after the head keeps its status', async (t) => {
  const { app, settled } = await buildApp(t, { server: { http2: true } as FastifyServerOptions })
  app.get('/', (_request, reply) => {
    reply.hijack()
    reply.raw.writeHead(200).write('x')
  })
  const client = connect2(await app.listen({ port: 0, host: '127.0.0.1' })).on('error', () => {})
  const stream = client.request({ ':path': '/' }).on('error', () => {})
  await once(stream, 'response')
  stream.close(constants.NGHTTP2_CANCEL)
  t.match(await settled(1), [{ Severity: 6, code: 200, errno: 499 }])
  client.destroy()
})

test('a connection that the server gives up is not the fault of its client', async (t) => {
  const { app, settled } = await buildApp(t, { server: { connectionTimeout: 300 } })
  app.get('/hang', () => new Promise(() => {}))
  app.post('/body', async () => 'x')
  const url = await app.listen({ port: 0, host: '127.0.0.1' })
  await send(url, 'GET /hang HTTP/1.1\r\nhost: x\r\n\r\n')
  t.match(await settled(1), [{ Severity: 6, code: 503, errno: 503 }])
  await send(url, 'POST /body HTTP/1.1\r\nhost: x\r\ncontent-length: 9\r\ncontent-type: text/plain\r\n\r\nx')
  t.match((await settled(2))[1], { Severity: 6, code: 408, errno: 0 })
  const [first, second] = ['/none', '/hang'].map((path) => `GET ${path} HTTP/1.1\r\nhost: x\r\n\r\n`)
  await send(url, `${first}${second}`)
  t.match((await settled(4)).slice(2), [{ code: 404 }, { code: 503, errno: 503 }], 'of two on one connection')
})

test('a connection that is cut while the app closes is not the fault of its client', async (t) => {
  const { app, settled } = await buildApp(t, { server: { forceCloseConnections: true } })
  app.get('/hang', () => new Promise(() => {}))
  const url = await app.listen({ port: 0, host: '127.0.0.1' })
  const hanging = send(url, 'GET /hang HTTP/1.1\r\nhost: x\r\n\r\n')
  await sleep(100)
  await app.close()
  await hanging
  t.match(await settled(1), [{ Severity: 6, code: 503, errno: 503 }])
})

test('over HTTP/2, a client that breaks off while the app closes is 499', async (t) => {
  const { app, settled } = await buildApp(t, { server: { http2: true } as FastifyServerOptions })
  app.get('/hang', () => new Promise(() => {}))
  const client = connect2(await app.listen({ port: 0, host: '127.0.0.1' })).on('error', () => {})
  const arrived = new Promise((resolve) => app.server.once('request', resolve))
  const stream = client.request({ ':path': '/hang' }).on('error', () => {})
  await arrived
  const closed = app.close()
  await sleep(50)
  stream.close(constants.NGHTTP2_CANCEL)
  t.match(await settled(1), [{ Severity: 6, code: 499, errno: 499 }])
  client.destroy()
  await closed
})

test('what the app answers in onBadUrl and defaultRoute has a summary', async (t) => {
  const answer =
    (code: number) => (_req: unknown, res: { writeHead(code: number): { end(text: string): void } }) =>
      res.writeHead(code).end('x')
  const routerOptions = {
    onBadUrl: (_path: string, req: unknown, res: never) => answer(418)(req, res),
    defaultRoute: answer(500)
  }
  for (const remoteAddressChain of [true, false]) {
    const options = { server: { routerOptions } as never, plugin: { remoteAddressChain } }
    const { app, settled } = await buildApp(t, options)
    app.get('/there', async () => 'x')
    const url = await app.listen({ port: 0, host: '127.0.0.1' })
    await send(url, 'GET /%c0 HTTP/1.1\r\nhost: x\r\nuser-agent: tester\r\nconnection: close\r\n\r\n')
    await settled(1)
    await fetch(`${url}/there`)
    await settled(2)
    await fetch(`${url}/nowhere?secret=1`, { headers: { 'x-request-id': 'id-1' } })
    const [bad, there, none] = await settled(3)
    t.match(bad, {
      Severity: 6,
      code: 418,
      errno: 0,
      method: 'GET',
      path: '/%c0',
      agent: 'tester',
      rid: String
    })
    t.match(there, { Severity: 6, code: 200, path: '/there' })
    t.match(none, { Severity: 3, code: 500, errno: 500, path: '/nowhere', rid: 'id-1' })
    t.equal('remoteAddressChain' in (none ?? {}), remoteAddressChain)
  }
})

test('what the app answers in onMaxParamLength, its one option of the router, has a summary', async (t) => {
  const onMaxParamLength = (
    _path: string,
    _req: unknown,
    res: { writeHead(code: number): { end(): void } }
  ) => res.writeHead(414).end()
  const routerOptions = { maxParamLength: 10, onMaxParamLength }
  const { app, settled } = await buildApp(t, { server: { routerOptions } as never })
  app.get('/hello/:name', async () => 'x')
  const url = await app.listen({ port: 0, host: '127.0.0.1' })
  await fetch(`${url}/hello/12345678901`)
  t.match(await settled(1), [{ Severity: 6, code: 414, errno: 0, path: '/hello/12345678901' }])
})

test('what onBadUrl never answers, and its client leaves, is 499', async (t) => {
  const { app, settled } = await buildApp(t, { server: { routerOptions: { onBadUrl() {} } } as never })
  const url = await app.listen({ port: 0, host: '127.0.0.1' })
  await send(url, 'GET /%c0 HTTP/1.1\r\nhost: x\r\n\r\n', 100)
  t.match(await settled(1), [{ Severity: 6, code: 499, errno: 499 }])
})

test('a 5xx without an exception is an error, but for 503 and routes of Dockerflow', async (t) => {
  const { app, settled } = await buildApp(t)
  const routes: [path: string, code: number, config: object, severity: number, errno: number][] = [
    ['/500', 500, {}, 3, 500],
    ['/502', 502, {}, 3, 502],
    ['/503', 503, {}, 6, 0],
    ['/ours', 500, { dockerflow: true }, 6, 0]
  ]
  for (const [path, code, config] of routes) {
    app.get(path, { config }, async (_request, reply) => reply.code(code).send({ caught: true }))
  }
  for (const [index, [path, code, , Severity, errno]] of routes.entries()) {
    t.equal((await app.inject(path)).statusCode, code)
    t.match((await settled(index + 1))[index], { Severity, code, errno })
  }
})

test('of many addresses, those next to the service are kept', async (t) => {
  const { app, settled } = await buildApp(t, { server: { trustProxy: true } })
  const forwarded = Array.from({ length: 1000 }, (_, i) => `10.0.0.${i % 250}`)
  await app.inject({ url: '/', headers: { 'x-forwarded-for': forwarded.join() } })
  const [summary] = await settled(1)
  const chain = summary?.remoteAddressChain as string[]
  t.equal(chain[0], '…')
  t.strictSame(chain.slice(1, -1), forwarded.slice(-chain.length + 2))
  t.ok(chain.join('').length <= 1100)
})
