import { once } from 'node:events'
import { type AddressInfo, connect } from 'node:net'
import { PassThrough, type Readable } from 'node:stream'
import Fastify, { type FastifyInstance } from 'fastify'
import { type Test, test } from 'tap'
import fastifyLifecycle, { type FastifyLifecycleOptions } from '../src/index.ts'

async function start(t: Test, maxBodyBytes: number, more?: (app: FastifyInstance) => void) {
  const app = Fastify()
  t.teardown(() => app.close())
  app.register(fastifyLifecycle, { maxBodyBytes })
  more?.(app)
  app.post('/', async (request) => ({ length: JSON.stringify(request.body).length }))
  await app.listen({ port: 0, host: '127.0.0.1' })
  const { port } = app.server.address() as AddressInfo
  return { app, url: `http://127.0.0.1:${port}/`, port }
}

/** A client that sends so many bytes of a body of 1000. */
async function send(t: Test, port: number, bytes: number) {
  const socket = connect(port, '127.0.0.1')
  t.teardown(() => socket.destroy())
  let received = ''
  socket.setEncoding('utf8').on('data', (data) => {
    received += data
  })
  const closed = once(socket, 'close').then(() => received)
  const head = 'POST / HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: 1000\r\n\r\n'
  socket.write(head + '"'.padEnd(bytes, 'a'))
  return { closed, end: () => socket.destroy() }
}

const post = (url: string, bytes: number) =>
  fetch(url, {
    method: 'POST',
    headers: { 'content-type': 'application/json', connection: 'close' },
    body: `"${'a'.repeat(bytes - 2)}"`
  })

/** Repeats a request until it has this status: the server notices what clients do when it gets to it. */
async function until(status: number, ask: () => Promise<Response>) {
  for (;;) {
    const res = await ask()
    if (res.status === status) return res
    await res.text()
  }
}

test('bodies in flight that pass maxBodyBytes are answered with 503, whole ones below it are served', async (t) => {
  const { url, port } = await start(t, 2000)
  t.equal((await post(url, 1000)).status, 200)
  const half = [await send(t, port, 900), await send(t, port, 900)]
  const res = await until(503, () => post(url, 300))
  t.equal(res.headers.get('retry-after'), '1')
  t.match(await res.json(), { code: 'DOCKERFLOW_LIFECYCLE_BODIES_FULL', statusCode: 503 })
  t.equal((await post(url, 100)).status, 200, 'there is room for a short one')

  for (const { end } of half) end()
  t.equal((await until(200, () => post(url, 1000))).status, 200, 'what clients give up is free again')
})

test('the client whose body passes maxBodyBytes is answered, and its connection closed', async (t) => {
  const { port } = await start(t, 500)
  const { closed } = await send(t, port, 900)
  t.match(await closed, /^HTTP\/1\.1 503 .*retry-after: 1\r\n.*connection: close/s)
})

test('a body counts until its request is answered', async (t) => {
  const answer = Promise.withResolvers<void>()
  const began = Promise.withResolvers<void>()
  const { url } = await start(t, 1500, (app) => {
    app.post('/late', async () => {
      began.resolve()
      await answer.promise
      return 'late'
    })
  })
  const late = post(`${url}late`, 1000)
  await began.promise
  t.equal((await post(url, 1000)).status, 503)
  answer.resolve()
  t.equal((await late).status, 200)
  t.equal((await until(200, () => post(url, 1000))).status, 200)
})

test('requests without a body pass, whatever is in flight', async (t) => {
  const { url, port } = await start(t, 1000, (app) => app.get('/', async () => 'hello'))
  await send(t, port, 900)
  await until(503, () => post(url, 300))
  t.equal((await fetch(url)).status, 200)
})

test('a body that its handler reads slowly, as a stream, counts only until then, and arrives whole', async (t) => {
  const { url } = await start(t, 100_000, (app) => {
    app.addContentTypeParser('application/octet-stream', (_request, payload, done) => done(null, payload))
    app.post('/stream', async (request) => {
      const paused = once(request.raw, 'pause')
      let length = 0
      for await (const chunk of request.body as Readable) {
        length += chunk.length
        await paused // it is never read ahead of the handler without a limit
      }
      return { length }
    })
  })
  const body = new PassThrough()
  const res = fetch(`${url}stream`, {
    method: 'POST',
    headers: { 'content-type': 'application/octet-stream' },
    body: body as unknown as ReadableStream,
    duplex: 'half'
  } as RequestInit)
  for (let i = 0; i < 100; i++) if (!body.write(Buffer.alloc(10_000))) await once(body, 'drain')
  body.end()
  t.strictSame(await (await res).json(), { length: 1_000_000 })
})

test('a client that breaks off its body is an error of the body, as without the option', async (t) => {
  const errors: Promise<unknown>[] = []
  const { port } = await start(t, 10_000, (app) => {
    const { promise, resolve } = Promise.withResolvers()
    errors.push(promise)
    app.addHook('onError', (_request, _reply, error, done) => {
      resolve(error)
      done()
    })
  })
  const { end } = await send(t, port, 10)
  setTimeout(end, 200)
  t.match(await errors[0], { code: 'ECONNRESET' })
})

test('a bad option is a coded TypeError', async (t) => {
  for (const [options, message] of [
    [
      { maxBodyBytes: -1 },
      'option "maxBodyBytes" must be a whole number of bytes from 0 to 9007199254740991'
    ],
    [
      { maxBodyBytes: '1' },
      'option "maxBodyBytes" must be a whole number of bytes from 0 to 9007199254740991'
    ],
    [{ maxBytes: 1 }, 'option "maxBytes" is unknown; the options are: maxBodyBytes']
  ] as const) {
    const app = Fastify()
    const error = await app.register(fastifyLifecycle, options as FastifyLifecycleOptions).then(
      () => undefined,
      (err) => err
    )
    t.ok(error instanceof TypeError)
    t.match(error, {
      code: 'DOCKERFLOW_LIFECYCLE_INVALID_OPTION',
      message: `@dockerflow/lifecycle: ${message}`
    })
  }
})
