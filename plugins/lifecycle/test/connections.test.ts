import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import http from 'node:http'
import http2 from 'node:http2'
import { type AddressInfo, connect, type Socket } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { PassThrough } from 'node:stream'
import { text } from 'node:stream/consumers'
import { setTimeout as sleep } from 'node:timers/promises'
import tls from 'node:tls'
import { makeCertificate, withoutOpenssl } from '@dockerflow/testing/certificates'
import Fastify, { type FastifyInstance, type FastifyServerOptions } from 'fastify'
import { type Test, test } from 'tap'
import fastifyLifecycle from '../src/index.ts'

// None of these tests sets a limit to the time of a close: one that waits for a client never ends, and so fails.

/** An app that listens, with routes that answer at once, late, after the body, and in two parts. */
async function start(t: Test, opts: object = {}, host = '127.0.0.1') {
  const app = Fastify(opts as FastifyServerOptions) as unknown as FastifyInstance
  app.register(fastifyLifecycle)
  const begun: (() => void)[] = []
  const next = () => new Promise<void>((resolve) => begun.push(resolve))
  const release = new AbortController()
  app.get('/', async () => 'hello')
  app.post('/', async (request) => request.body)
  app.get('/late', async () => {
    begun.shift()?.()
    await new Promise((resolve) => release.signal.addEventListener('abort', resolve))
    return 'late'
  })
  app.get('/parts', (_request, reply) => {
    reply.hijack()
    reply.raw.writeHead(200, { 'content-type': 'text/plain' }).write('first ')
    release.signal.addEventListener('abort', () => reply.raw.end('last'))
    begun.shift()?.()
  })
  await app.listen(host.startsWith('/') ? { path: host } : { port: 0, host })
  t.teardown(() => app.server.closeAllConnections?.())
  const { port } = app.server.address() as AddressInfo
  return { app, port, next, release: () => release.abort() }
}

/** A client that has connected and sent this; `received` is what came back. */
async function client(t: Test, port: number, sent: string, host = '127.0.0.1') {
  const socket = connect(port, host)
  t.teardown(() => socket.destroy())
  await once(socket, 'connect')
  return talk(socket, sent)
}

async function talk(socket: Socket, sent: string) {
  const said = { received: '' }
  socket.on('data', (data) => {
    said.received += data
  })
  socket.on('error', () => {})
  const closed = new Promise((resolve) => socket.once('close', resolve))
  if (sent !== '') await new Promise((resolve) => socket.write(sent, resolve))
  await sleep(100) // until the server has read it
  return { socket, said, closed }
}

/** The path of a socket file, which may have about 100 bytes. */
function socketFile(t: Test): string {
  const folder = mkdtempSync(join(tmpdir(), 'lifecycle-'))
  t.teardown(() => rmSync(folder, { recursive: true }))
  return join(folder, 'socket')
}

const get = 'GET / HTTP/1.1\r\nHost: x\r\n'
const post = 'POST / HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\n'
const states: Record<string, string> = {
  'has sent nothing': '',
  'has sent half a method': 'GE',
  'has sent half a header': `${get}X-A: 1`,
  'never sends its body': `${post}Content-Length: 10\r\n\r\n{"a"`,
  'never sends the rest of its chunks': `${post}Transfer-Encoding: chunked\r\n\r\n4\r\n{"a"\r\n`,
  'waits for 100 Continue': `${post}Content-Length: 10\r\nExpect: 100-continue\r\n\r\n`,
  'has its answer, and owes the body': `${get}Content-Length: 10\r\n\r\nabc`,
  'has its answer, and keeps its connection': `${get}\r\n`,
  'has its answer, and sent half of its next request': `${get}\r\n${get}X-A`,
  'asked a route that is not there, and owes the body':
    'POST /nowhere HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: 10\r\n\r\n{"a"'
}

for (const [state, sent] of Object.entries(states)) {
  test(`a client that ${state} doesn't delay the close`, async (t) => {
    const { app, port } = await start(t)
    const { closed } = await client(t, port, sent)
    await app.close()
    await closed
    t.pass('closed')
  })
}

test('a client that ends its answer after the close began is closed, though it may keep its connection', async (t) => {
  const { app, port, next, release } = await start(t)
  const began = next()
  const { said, closed } = await client(t, port, `GET /parts HTTP/1.1\r\nHost: x\r\n\r\n${get}X-A`)
  await began
  const close = app.close()
  await sleep(300)
  t.notMatch(said.received, 'last', 'it is still open')
  release()
  await close
  await closed
  t.match(said.received, /first .*last/s, 'whole')
})

test('a request in flight is answered, and one that came with it too', async (t) => {
  const { app, port, next, release } = await start(t)
  const began = next()
  const { said, closed } = await client(t, port, `GET /late HTTP/1.1\r\nHost: x\r\n\r\n${get}\r\n`)
  await began
  const close = app.close()
  await sleep(300)
  release()
  await close
  await closed
  t.match(said.received, /^HTTP\/1.1 200 OK.*late.*HTTP\/1.1 200 OK.*hello/s)
})

test("a client that connects while an app closes, and says nothing, doesn't delay it", async (t) => {
  const app = Fastify()
  app.register(fastifyLifecycle)
  // The server listens until each hook of this kind is done.
  const [opened, held] = [Promise.withResolvers<void>(), Promise.withResolvers<void>()]
  app.addHook('preClose', async () => {
    opened.resolve()
    await held.promise
  })
  await app.listen({ port: 0, host: '127.0.0.1' })
  const close = app.close()
  await opened.promise
  const { closed } = await client(t, (app.server.address() as AddressInfo).port, 'GE')
  held.resolve()
  await close
  await closed
  t.pass('closed')
})

test('clients of a host with two addresses are closed at both', async (t) => {
  const { app } = await start(t, {}, 'localhost')
  const addresses = app.addresses() as AddressInfo[]
  for (const { address, port } of addresses) await client(t, port, 'GE', address)
  await app.close()
  t.ok(addresses.length > 0, addresses.map(({ address }) => address).join(', '))
})

test('other servers of the process are left alone', async (t) => {
  const other = http.createServer((_request, response) => response.end('other'))
  t.teardown(() => other.close())
  await once(other.listen(0, '127.0.0.1'), 'listening')
  const { app } = await start(t)
  const { socket, said } = await client(t, (other.address() as AddressInfo).port, 'GET / HTTP/1.1\r\nHost')
  await app.close()
  await app.lifecycle.cut()
  socket.write(': x\r\n\r\n')
  await once(socket, 'data')
  t.match(said.received, 'other')
  socket.destroy()
})

test('the signal aborts when the app begins to close', async (t) => {
  const { app } = await start(t)
  const { signal } = app.lifecycle
  t.equal(signal.aborted, false)
  const close = app.close()
  await once(signal, 'abort')
  await close
})

test('cut() says which requests were open, and closes their connections', async (t) => {
  const { app, port, next } = await start(t)
  for (const path of ['/parts', '/late']) {
    const began = next()
    await client(t, port, `GET ${path}?secret HTTP/1.1\r\nHost: x\r\n\r\n`)
    await began
  }
  await client(t, port, `POST /%zz HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\n\r\n`)
  const open = await app.lifecycle.cut()
  t.match(open, [
    { route: 'GET /parts', age: Number, begun: true },
    { route: 'GET /late', age: Number, begun: false }
  ])
  await app.close()
})

test('an upgrade that the app handles is an open stream; one that nobody handles any more is closed', async (t) => {
  for (const [event, early] of [
    ['upgrade', false],
    ['connect', false],
    ['upgrade', true]
  ] as const) {
    const upgraded: Socket[] = []
    const accept = (_request: http.IncomingMessage, socket: unknown) => {
      upgraded.push(socket as Socket)
      ;(socket as Socket).write('HTTP/1.1 101 Switching Protocols\r\n\r\n').valueOf()
    }
    const serverFactory = (handler: http.RequestListener) => http.createServer(handler).on(event, accept)
    const { app, port } = await start(t, early ? { serverFactory } : {})
    if (!early) app.server.on(event, accept)
    const ask =
      event === 'connect'
        ? 'CONNECT a:1 HTTP/1.1\r\nHost: a\r\n\r\n'
        : `${get}Connection: Upgrade\r\nUpgrade: chat\r\n\r\n`
    const { said, closed } = await client(t, port, ask)
    t.match(said.received, '101')
    const close = app.close()
    await sleep(300)
    t.equal(upgraded[0]?.destroyed, false, 'it is open')
    app.server.off(event, accept)
    t.match(await app.lifecycle.cut(), [{ begun: true }])
    await closed
    await close
  }
})

test('an upgrade that comes when the app has stopped to listen for it is closed', async (t) => {
  const { app, port } = await start(t)
  const accept = () => {}
  app.server.on('upgrade', accept)
  app.server.off('upgrade', accept)
  const { closed } = await client(t, port, `${get}Connection: Upgrade\r\nUpgrade: chat\r\n\r\n`)
  await closed
  await app.close()
  t.pass('closed')
})

test("an upgrade that a test injects, on a stream of its own, is the test's to end", async (t) => {
  const { app } = await start(t)
  app.server.on('upgrade', () => {})
  // As injectWS() of @fastify/websocket does.
  const stream = new PassThrough()
  app.server.emit('upgrade', { method: 'GET', url: '/', headers: { upgrade: 'websocket' } }, stream)
  t.strictSame(await app.lifecycle.cut(), [])
  t.equal(stream.destroyed, false)
  await app.close()
})

test('at a socket file, idle clients are closed, a request in flight is answered, other servers are left alone', async (t) => {
  const [path, otherPath] = [socketFile(t), socketFile(t)]
  const other = http.createServer((_request, response) => response.end('other'))
  t.teardown(() => other.close())
  await once(other.listen(otherPath), 'listening')
  const { app, next, release } = await start(t, {}, path)
  const dial = async (to: string, sent: string) => {
    const socket = connect(to)
    t.teardown(() => socket.destroy())
    await once(socket, 'connect')
    return talk(socket, sent)
  }
  const theirs = await dial(otherPath, 'GET / HTTP/1.1\r\nHost')
  const idle = [await dial(path, ''), await dial(path, `${get}\r\n`), await dial(path, 'GE')]
  const began = next()
  const late = await dial(path, 'GET /late HTTP/1.1\r\nHost: x\r\n\r\n')
  await began
  const close = app.close()
  await sleep(300)
  release()
  await Promise.all([close, late.closed, ...idle.map(({ closed }) => closed)])
  t.match(late.said.received, 'late')
  theirs.socket.write(': x\r\n\r\n')
  await once(theirs.socket, 'data')
  t.match(theirs.said.received, 'other')
  theirs.socket.destroy()
})

test('at a socket file, a request in flight over HTTP/2 is answered', async (t) => {
  const path = socketFile(t)
  const { app, next, release } = await start(t, { http2: true }, path)
  const client = http2.connect('http://localhost', { createConnection: () => connect(path) })
  t.teardown(() => client.destroy())
  const began = next()
  const late = client.request({ ':path': '/late' })
  const answer = text(late)
  await began
  const close = app.close()
  await sleep(300)
  release()
  t.equal(await answer, 'late')
  await close
})

test('at a socket file, a request in flight over TLS is answered', { skip: withoutOpenssl() }, async (t) => {
  const path = socketFile(t)
  const { app, next, release } = await start(t, { https: await makeCertificate(2) }, path)
  const socket = tls.connect({ path, rejectUnauthorized: false })
  t.teardown(() => socket.destroy())
  await once(socket, 'secureConnect')
  const began = next()
  const { said, closed } = await talk(socket, 'GET /late HTTP/1.1\r\nHost: x\r\n\r\n')
  await began
  const close = app.close()
  await sleep(300)
  release()
  await Promise.all([close, closed])
  t.match(said.received, 'late')
})

test('over TLS: handshakes, idle clients and half requests are closed, a request in flight is answered', {
  skip: withoutOpenssl()
}, async (t) => {
  const { app, port, next, release } = await start(t, { https: await makeCertificate(2) })
  await client(t, port, '') // never shakes hands
  const secure = async (sent: string) => {
    const socket = tls.connect({ port, host: '127.0.0.1', rejectUnauthorized: false })
    t.teardown(() => socket.destroy())
    await once(socket, 'secureConnect')
    return talk(socket, sent)
  }
  const idle = [await secure(''), await secure(`${get}\r\n`), await secure('GE')]
  const began = next()
  const late = await secure('GET /late HTTP/1.1\r\nHost: x\r\n\r\n')
  await began
  const close = app.close()
  await Promise.all(idle.map(({ closed }) => closed))
  release()
  await close
  t.match(late.said.received, 'late')
})

test('HTTP/2: idle sessions and streams without their body are closed, a request in flight is answered', async (t) => {
  const { app, port, next, release } = await start(t, { http2: true })
  const session = () => {
    const client = http2.connect(`http://127.0.0.1:${port}`)
    client.on('error', () => {})
    t.teardown(() => client.destroy())
    return client
  }
  const [idle, half, busy] = [session(), session(), session()]
  await Promise.all([idle, half, busy].map((client) => once(client, 'connect')))
  const upload = half.request({ ':path': '/', ':method': 'POST', 'content-type': 'application/json' })
  upload.on('error', () => {})
  upload.write('{"a"')
  const began = next()
  const late = busy.request({ ':path': '/late' })
  let text = ''
  late.setEncoding('utf8').on('data', (data) => {
    text += data
  })
  await began
  const ended = [idle, half, late].map((stream) => once(stream, 'close'))
  const close = app.close()
  await Promise.all(ended.slice(0, 2))
  release()
  await Promise.all([close, ended[2]])
  t.equal(text, 'late')
})

test('HTTP/2: cut() ends streams and their sessions', async (t) => {
  const { app, port, next } = await start(t, { http2: true })
  const client = http2.connect(`http://127.0.0.1:${port}`)
  client.on('error', () => {})
  const began = next()
  const stream = client.request({ ':path': '/parts' })
  stream.on('error', () => {}).resume()
  await began
  t.match(await app.lifecycle.cut(), [{ route: 'GET /parts', begun: true }])
  await app.close()
})
