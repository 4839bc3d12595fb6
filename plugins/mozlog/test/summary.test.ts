import { once } from 'node:events'
import { mkdtemp, rm } from 'node:fs/promises'
import { connect, type Socket } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Readable } from 'node:stream'
import { setTimeout as sleep } from 'node:timers/promises'
import Fastify, { type FastifyServerOptions } from 'fastify'
import { type Test, test } from 'tap'
import fastifyMozlog, {
  type FastifyMozlogOptions,
  type MozlogServerOptions,
  mozlogServerOptions
} from '../src/index.ts'
import { lines } from './fixtures/lines.ts'

interface Options {
  plugin?: FastifyMozlogOptions
  mozlog?: MozlogServerOptions
  server?: FastifyServerOptions
}

async function build(t: Test, { plugin = {}, mozlog = {}, server = {} }: Options = {}) {
  const out = lines()
  const app = Fastify({ ...(server as object), ...mozlogServerOptions({ stream: out, ...mozlog }) })
  t.teardown(() => app.close())
  await app.register(fastifyMozlog, plugin)
  return { app, out, summaries: () => out.records.filter(({ Type }) => Type === 'request.summary') }
}

/** Resolves when there are `count` summaries, and after a while in which there could be one too many. */
async function settled(summaries: () => unknown[], count: number): Promise<void> {
  for (let i = 0; summaries().length < count && i < 200; i++) await sleep(20)
  await sleep(60)
}

async function raw(t: Test, url: string, text: string): Promise<Socket> {
  const socket = connect(Number(new URL(url).port), '127.0.0.1')
  t.teardown(() => socket.destroy())
  await once(socket, 'connect')
  socket.write(text)
  return socket
}

const logged = { method: 'GET', errno: 0, remoteAddressChain: ['127.0.0.1'] }

test('a request is one line, with what its headers say', async (t) => {
  const { app, out } = await build(t)
  app.get('/hello', async (request) => {
    request.log.info('inside')
    return 'hello'
  })
  const headers = { 'user-agent': 'a "test"', 'accept-language': 'fy' }
  const res = await app.inject({ url: '/hello?token=1', headers })
  const rid = res.headers['x-request-id']
  t.strictSame(
    out.records.map(({ Type, Severity, Fields }) => [Type, Severity, Fields]),
    [
      ['app.log', 6, { rid, msg: 'inside' }],
      [
        'request.summary',
        6,
        { ...logged, agent: 'a "test"', code: 200, lang: 'fy', path: '/hello', rid, t: out.last.Fields?.t }
      ]
    ]
  )
  t.ok(Number.isInteger(out.last.Fields?.t))
})

test('the query string and the user come when they are asked for, the addresses unless they are not', async (t) => {
  const uid = (request: { headers: Record<string, unknown> }) => request.headers.user as string | undefined
  const { app, out } = await build(t, { plugin: { querystring: true, remoteAddressChain: false, uid } })
  await app.inject({ url: '/x?a=1', headers: { user: 'u1' } })
  t.match(out.last.Fields, { path: '/x', querystring: 'a=1', uid: 'u1', code: 404 })
  t.notOk('remoteAddressChain' in (out.last.Fields ?? {}))
  await app.inject('/x')
  t.strictSame(Object.keys(out.last.Fields ?? {}).sort(), [
    'agent',
    'code',
    'errno',
    'method',
    'path',
    'rid',
    't'
  ])
})

test('the path is the path alone: nothing of a query, a fragment or an authority', async (t) => {
  const semicolons = { '/x;q=secret': '/x', '/x;secret?q': '/x', 'HTTPS://host;secret': '/' }
  const cases: [server: FastifyServerOptions, paths: Record<string, string>][] = [
    [{}, { '/x;y?q=secret': '/x;y', '/x#secret': '/x', '/x?q=#secret': '/x', '/x#?secret': '/x' }],
    [{}, { 'http://user:secret@host/x?secret': '/x', 'http://user:secret@host': '/', '/a://b': '/a://b' }],
    [{ useSemicolonDelimiter: true }, semicolons],
    [{ routerOptions: { useSemicolonDelimiter: true } as object }, semicolons]
  ]
  for (const [server, paths] of cases) {
    const { app, summaries } = await build(t, { server })
    const url = await app.listen({ port: 0, host: '127.0.0.1' })
    for (const [i, target] of Object.keys(paths).entries()) {
      await raw(t, url, `GET ${target} HTTP/1.1\r\nhost: a\r\n\r\n`)
      for (let n = 0; summaries().length <= i && n < 500; n++) await sleep(10)
    }
    t.strictSame(
      summaries().map(({ Fields }) => Fields?.path),
      Object.values(paths)
    )
  }
})

test("what an app's own function throws costs the line its fields, and not the process", async (t) => {
  const boom = () => {
    throw new Error('boom')
  }
  for (const options of [{ plugin: { uid: boom } }, { server: { trustProxy: boom } }] as Options[]) {
    const { app, out } = await build(t, options)
    const headers = { 'x-forwarded-for': '10.0.0.1' }
    t.equal((await app.inject({ url: '/', headers })).statusCode, 404)
    t.equal(out.records.length, 1)
    t.match(out.last, {
      Type: 'request.summary',
      Severity: 3,
      Fields: { msg: 'request.summary failed', error: 'Error: boom' }
    })
  }
})

test('with trustProxy, the addresses are those of the proxies too, whatever they are', async (t) => {
  const { app, out } = await build(t, { server: { trustProxy: true } })
  await app.inject({ url: '/', headers: { 'x-forwarded-for': '10.0.0.1, "x", 10.0.0.2' } })
  t.strictSame(out.last.Fields?.remoteAddressChain, ['10.0.0.1', '"x"', '10.0.0.2', '127.0.0.1'])
})

test('what an app has set up for its lines sees this one too', async (t) => {
  const mozlog: MozlogServerOptions[] = [
    { redact: ['path'] },
    { serializers: { path: () => '[Redacted]' } },
    { mixin: () => ({ path: '[Redacted]' }), mixinMergeStrategy: (a, b) => ({ ...a, ...b }) },
    { formatters: { log: (obj) => ({ ...obj, path: '[Redacted]' }) } },
    { hooks: { streamWrite: (line) => line.replace('/secret', '[Redacted]') } }
  ]
  for (const options of mozlog) {
    const { app, out } = await build(t, { mozlog: options })
    await app.inject('/secret')
    t.match(out.last, { Type: 'request.summary', Fields: { path: '[Redacted]' } })
  }
  const bare = await build(t)
  bare.app.setChildLoggerFactory((logger) => logger)
  bare.app.get('/', async () => 'x')
  await bare.app.inject('/')
  t.notOk('rid' in (bare.out.last.Fields ?? {}))
  const bound = await build(t)
  bound.app.get('/', { logSerializers: { path: () => '[Redacted]' } }, async () => 'x')
  bound.app.get('/bound', async (request) => {
    ;(request.log as unknown as { setBindings(bindings: object): void }).setBindings({
      path: 'theirs',
      cart: 7
    })
    return 'x'
  })
  await bound.app.inject('/')
  t.match(bound.out.last, { Type: 'request.summary', Fields: { path: '[Redacted]' } })
  await bound.app.inject('/bound')
  t.match(bound.out.last, { Type: 'request.summary', Fields: { path: '/bound', cart: 7 } })
  const { app, out } = await build(t)
  app.setChildLoggerFactory((logger, bindings) => logger.child(bindings, { redact: ['path'] } as object))
  app.get('/secret', async () => 'x')
  await app.inject('/secret')
  t.match(out.last, { Type: 'request.summary', Fields: { path: '[Redacted]' } })
})

test('a level above info has no ordinary lines, and keeps those of errors', async (t) => {
  const { app, out } = await build(t, { mozlog: { level: 'error' } })
  app.get('/fail', async () => {
    throw new Error('x')
  })
  await app.inject('/')
  t.strictSame(out.raw, [])
  await app.inject('/fail')
  t.equal(out.records.length, 1)
})

test('an exception makes the one line an error with its traceback, whoever handles it', async (t) => {
  const { app, out } = await build(t)
  app.get('/fail', async () => {
    throw Object.assign(new Error('the cellar is flooded'), { code: 'EFLOOD' })
  })
  app.register(async (scope) => {
    scope.setErrorHandler(async (_error, _request, reply) => reply.code(502).send('sorry'))
    scope.get('/handled', async () => {
      throw new Error('the cellar is flooded')
    })
  })
  for (const [url, code] of [
    ['/fail', 500],
    ['/handled', 502]
  ] as const) {
    out.raw.length = 0
    t.equal((await app.inject(url)).statusCode, code)
    t.equal(out.records.length, 1)
    t.match(out.last, {
      Type: 'request.summary',
      Severity: 3,
      Fields: {
        code,
        errno: 500,
        msg: 'the cellar is flooded',
        error: 'Error: the cellar is flooded',
        traceback: /cellar is flooded\n {4}at /
      }
    })
  }
})

test('what is thrown is an error, also when it is no Error', async (t) => {
  const { app, out } = await build(t)
  const cases: [thrown: unknown, text: string][] = [
    [null, 'null'],
    [undefined, 'undefined'],
    [{ a: 1 }, '{"a":1}'],
    ['text', 'text'],
    [7, '7'],
    [Object.create(null, { toJSON: { value: () => undefined } }), '[Throws]']
  ]
  for (const [i, [thrown]] of cases.entries()) {
    app.get(`/${i}`, async () => {
      throw thrown
    })
  }
  for (const [i, [, text]] of cases.entries()) {
    t.equal((await app.inject(`/${i}`)).statusCode, 500)
    t.match(out.last, {
      Type: 'request.summary',
      Severity: 3,
      Fields: { code: 500, errno: 500, error: `Thrown: ${text}`, traceback: `Thrown: ${text}`, msg: text }
    })
  }
  t.equal(out.records.length, cases.length)
})

test('an answer that cannot be serialized, or has a header that cannot be sent, is an error', async (t) => {
  const { app, out } = await build(t)
  const schema = {
    response: { 500: { type: 'object', required: ['more'], properties: { more: { type: 'string' } } } }
  }
  app.get('/unserializable', { schema }, async () => {
    throw new Error('x')
  })
  app.get('/header', async (_request, reply) => {
    reply.header('x-bad', 'a\nb')
    throw new Error('x')
  })
  await app.inject('/unserializable')
  t.equal(out.records.length, 1)
  t.match(out.last, { Severity: 3, Fields: { code: 500, error: /"more" is required!/ } })
  await app.inject('/header')
  t.equal(out.records.length, 2)
  t.match(out.last, { Severity: 3, Fields: { code: 500, error: /Invalid character in header content/ } })
})

test('hostile headers make a valid line', async (t) => {
  const { app, summaries } = await build(t)
  const url = await app.listen({ port: 0, host: '127.0.0.1' })
  const socket = connect(Number(new URL(url).port), '127.0.0.1')
  t.teardown(() => socket.destroy())
  const bytes = Buffer.from([0xff, 0xfe, 0xc3, 0x28, 0x9b, 0x85, 0xed, 0xa0, 0x80])
  const agent = Buffer.concat([bytes, Buffer.from('x'.repeat(5000))])
  const lines = ['GET /%1b[31m HTTP/1.1', 'host: a', 'x-request-id: \x9b31m', 'accept-language: ']
  socket.write(
    Buffer.concat([Buffer.from(lines.join('\r\n'), 'latin1'), bytes, Buffer.from('\r\nuser-agent: '), agent])
  )
  socket.write('\r\n\r\n')
  await settled(summaries, 1)
  const [summary] = summaries()
  t.match(summary?.Fields, { path: '/%1b[31m', code: 404, lang: bytes.toString('latin1') })
  // What clients send is cut, since a log is worth no more bytes than a request.
  t.equal(
    summary?.Fields?.agent,
    `${agent.toString('latin1').slice(0, 1024)}… [cut, was ${agent.length} long]`
  )
})

test('a refusal is no error, and neither is a 5xx that was meant', async (t) => {
  const { app, out } = await build(t)
  app.get('/refused', async () => {
    throw Object.assign(new Error('who are you'), { statusCode: 401 })
  })
  app.get('/meant', async (_request, reply) => reply.code(503).send('later'))
  app.post('/body', async () => 'x')
  for (const [url, code] of Object.entries({ '/refused': 401, '/meant': 503, '/none': 404 })) {
    out.raw.length = 0
    await app.inject(url)
    t.equal(out.records.length, 1)
    t.match(out.last, { Severity: 6, Fields: { code, errno: 0 } })
  }
  out.raw.length = 0
  await app.inject({
    method: 'POST',
    url: '/body',
    payload: '{',
    headers: { 'content-type': 'application/json' }
  })
  t.equal(out.records.length, 1)
  t.match(out.last, { Severity: 6, Fields: { code: 400, method: 'POST' } })
})

test('what Fastify answers before any route has its line', async (t) => {
  const { app, out } = await build(t, { server: { routerOptions: { maxParamLength: 5 } } })
  app.get('/param/:id', async () => 'x')
  for (const [url, code, error] of [
    ['/%zz', 400, 'FST_ERR_BAD_URL'],
    ['/param/123456', 414, 'FST_ERR_MAX_PARAM_LENGTH']
  ] as const) {
    out.raw.length = 0
    const res = await app.inject(url)
    t.equal(res.statusCode, code)
    t.equal(res.json().code, error)
    t.equal(out.records.length, 1)
    t.match(out.last, {
      Type: 'request.summary',
      Fields: { code, path: url, rid: res.headers['x-request-id'] }
    })
  }
})

test('a stream that breaks is an error, and one that a client leaves is not', async (t) => {
  const { app, summaries } = await build(t)
  app.get('/broken', async () =>
    Readable.from(
      (async function* () {
        yield 'begin'
        await sleep(20)
        throw new Error('the pipe burst')
      })()
    )
  )
  app.get('/endless', async () =>
    Readable.from(
      (async function* () {
        for (;;) {
          yield 'more'
          await sleep(5)
        }
      })()
    )
  )
  const url = await app.listen({ port: 0, host: '127.0.0.1' })
  await fetch(`${url}/broken`)
    .then((res) => res.text())
    .catch(() => {})
  await settled(summaries, 1)
  t.equal(summaries().length, 1)
  t.match(summaries()[0], { Severity: 3, Fields: { code: 200, errno: 500, error: 'Error: the pipe burst' } })
  const leave = new AbortController()
  const res = await fetch(`${url}/endless`, { signal: leave.signal })
  await res.body?.getReader().read()
  leave.abort()
  await settled(summaries, 2)
  t.equal(summaries().length, 2)
  t.match(summaries()[1], { Severity: 6, Fields: { code: 200, errno: 499, path: '/endless' } })
})

test('a client that goes away, before an answer or during one, is 499 where it saw no status', async (t) => {
  const { app, summaries } = await build(t)
  app.get('/slow', () => new Promise(() => {}))
  app.get('/big', async () => 'x'.repeat(50_000_000))
  const url = await app.listen({ port: 0, host: '127.0.0.1' })
  await t.rejects(fetch(`${url}/slow`, { signal: AbortSignal.timeout(100) }))
  await settled(summaries, 1)
  t.match(summaries(), [{ Severity: 6, Fields: { ...logged, code: 499, errno: 499, path: '/slow' } }])
  const leave = new AbortController()
  await fetch(`${url}/big`, { signal: leave.signal })
  leave.abort()
  await settled(summaries, 2)
  t.match(summaries()[1], { Fields: { code: 200, errno: 499, path: '/big' } })
  t.equal(summaries().length, 2)
})

test('a handler that takes too long, and a hijacked reply, have one line each', async (t) => {
  const { app, summaries } = await build(t, { server: { handlerTimeout: 50 } })
  app.get('/slow', () => new Promise(() => {}))
  app.get('/hijacked', (_request, reply) => {
    reply.hijack()
    reply.raw.writeHead(202)
    reply.raw.end('mine')
  })
  const url = await app.listen({ port: 0, host: '127.0.0.1' })
  t.equal((await fetch(`${url}/slow`)).status, 503)
  t.equal((await fetch(`${url}/hijacked`)).status, 202)
  await settled(summaries, 2)
  t.match(summaries(), [
    { Severity: 3, Fields: { code: 503, errno: 500, error: /timed out/ } },
    { Severity: 6, Fields: { code: 202, errno: 0 } }
  ])
})

test('HTTP that cannot be parsed has a line, and the answer that Fastify gives', async (t) => {
  const { app, summaries } = await build(t)
  const url = await app.listen({ port: 0, host: '127.0.0.1' })
  const socket = await raw(t, url, 'NONSENSE\u001b[31m\r\n\r\n')
  t.match(String(await once(socket, 'data')), /^HTTP\/1.1 400 Bad Request\r\n[\s\S]*"message":"Client Error"/)
  await settled(summaries, 1)
  const large = await raw(t, url, `GET / HTTP/1.1\r\nhost: a\r\nx: ${'y'.repeat(20_000)}\r\n\r\n`)
  t.match(String(await once(large, 'data')), /^HTTP\/1.1 431 /)
  await settled(summaries, 2)
  t.match(summaries(), [
    { Severity: 6, Fields: { code: 400, errno: 0, msg: /^Parse Error/, remoteAddressChain: ['127.0.0.1'] } },
    { Severity: 6, Fields: { code: 431 } }
  ])
})

test('HTTP that cannot be parsed, sent while a request before it is being served, has a line of its own', async (t) => {
  const { app, summaries } = await build(t)
  app.get('/slow', () => new Promise(() => {}))
  const url = await app.listen({ port: 0, host: '127.0.0.1' })
  await raw(t, url, 'GET /slow HTTP/1.1\r\nhost: a\r\n\r\nNONSENSE\r\n\r\n')
  await settled(summaries, 2)
  t.strictSame(
    summaries()
      .map(({ Fields }) => Fields?.code)
      .sort(),
    [400, 499]
  )
})

test('HTTP that cannot be parsed has no address where none is wanted', async (t) => {
  const { app, summaries } = await build(t, { plugin: { remoteAddressChain: false } })
  await raw(t, await app.listen({ port: 0, host: '127.0.0.1' }), 'NONSENSE\r\n\r\n')
  await settled(summaries, 1)
  t.match(summaries(), [{ Fields: { code: 400 } }])
  t.notOk('remoteAddressChain' in (summaries()[0]?.Fields ?? {}))
})

test('a body that cannot be parsed, or breaks off, leaves one line, the request’s own', async (t) => {
  const { app, summaries } = await build(t)
  app.post('/', async () => 'x')
  app.post('/early', { onRequest: async (_request, reply) => reply.code(401).send() }, async () => 'x')
  const url = await app.listen({ port: 0, host: '127.0.0.1' })
  const head = 'POST / HTTP/1.1\r\nhost: a\r\ncontent-type: text/plain\r\n'
  const chunked = 'transfer-encoding: chunked\r\n\r\nnope\r\n'
  const malformed = await raw(t, url, head + chunked)
  t.match(String(await once(malformed, 'data')), /^HTTP\/1.1 400 /)
  await settled(summaries, 1)
  const half = await raw(t, url, `${head}content-length: 10\r\n\r\nhalf`)
  await sleep(50)
  half.destroy()
  await settled(summaries, 2)
  const unread = await raw(t, url, `${head.replace('/', '/early')}${chunked}`)
  t.match(String(await once(unread, 'data')), /^HTTP\/1.1 401 /)
  await settled(summaries, 3)
  t.match(summaries(), [
    { Fields: { code: 400, errno: 0, method: 'POST', path: '/' } },
    { Fields: { code: 499, errno: 499, method: 'POST', path: '/' } },
    { Fields: { code: 401, errno: 0, method: 'POST', path: '/early' } }
  ])
  t.equal(summaries().length, 3)
})

test('a request whose body never ends has the status that it is answered with', async (t) => {
  const http = { connectionsCheckingInterval: 50 }
  const { app, summaries } = await build(t, { server: { requestTimeout: 100, http } as FastifyServerOptions })
  app.post('/', async () => 'x')
  const head = 'POST / HTTP/1.1\r\nhost: a\r\ncontent-type: text/plain\r\n'
  const url = await app.listen({ port: 0, host: '127.0.0.1' })
  app.server.headersTimeout = 100
  const late = await raw(t, url, `${head}content-length: 10\r\n\r\nhalf`)
  t.match(String(await once(late, 'data')), /^HTTP\/1.1 408 /)
  await settled(summaries, 1)
  t.match(summaries(), [{ Severity: 6, Fields: { code: 408, errno: 0, method: 'POST', path: '/' } }])
  t.equal(summaries().length, 1)
})

test('a request that is answered at once is so too when what follows it cannot be parsed', async (t) => {
  const { app, summaries } = await build(t)
  app.get('/', async () => 'x')
  const url = await app.listen({ port: 0, host: '127.0.0.1' })
  const good = 'GET / HTTP/1.1\r\nhost: a\r\n\r\n'
  // More than one read brings, so that the parser fails more than once.
  const socket = await raw(t, url, `${good}${'NONSENSE\r\n\r\n'.repeat(50_000)}`)
  socket.on('error', () => {})
  await settled(summaries, 2)
  const { length } = summaries()
  t.equal(length, 2)
  const answered = await raw(t, url, `${good}${good}NONSENSE\r\n\r\n`)
  let answer = ''
  for await (const chunk of answered) answer += chunk
  t.strictSame(
    [...answer.matchAll(/HTTP\/1.1 (\d+)/g)].map(([, code]) => code),
    ['200', '200', '400']
  )
  await settled(summaries, 5)
  t.strictSame(
    summaries()
      .map(({ Fields }) => `${Fields?.code} ${Fields?.errno}`)
      .sort(),
    ['200 0', '200 0', '200 0', '400 0', '400 0']
  )
})

test('a request whose headers never end has a line', async (t) => {
  const http = { connectionsCheckingInterval: 50 }
  const { app, summaries } = await build(t, { server: { requestTimeout: 100, http } as FastifyServerOptions })
  const late = await raw(t, await app.listen({ port: 0, host: '127.0.0.1' }), 'GET / HTTP/1.1\r\nhost:')
  t.match(String(await once(late, 'data')), /^HTTP\/1.1 408 /)
  await settled(summaries, 1)
  t.match(summaries(), [{ Severity: 6, Fields: { code: 408 } }])
})

test('a connection that is reset before it says anything is no request', async (t) => {
  const { app, out } = await build(t)
  const url = await app.listen({ port: 0, host: '127.0.0.1' })
  out.raw.length = 0
  const socket = await raw(t, url, 'GET / HT')
  socket.resetAndDestroy()
  await sleep(100)
  t.strictSame(out.raw, [])
})

test('what is refused while the app closes has its line', async (t) => {
  for (const server of [{}, { genReqId: () => 'mine' }]) {
    const out = lines()
    const app = Fastify({ ...mozlogServerOptions({ stream: out }), ...server })
    t.teardown(() => app.close())
    await app.register(fastifyMozlog)
    app.get('/slow', async () => {
      await sleep(300)
      return 'x'
    })
    const socket = await raw(
      t,
      await app.listen({ port: 0, host: '127.0.0.1' }),
      'GET /slow HTTP/1.1\r\nhost: a\r\n\r\n'
    )
    await sleep(100)
    const closed = app.close()
    await sleep(20)
    socket.write('GET /late?x=1 HTTP/1.1\r\nhost: a\r\nuser-agent: t\r\n\r\n')
    await closed
    const refused = out.records.filter(
      ({ Type, Fields }) => Type === 'request.summary' && Fields?.code === 503
    )
    t.equal(refused.length, 1)
    // The ids of an app's own making don't pass by here, and with them goes what the request was.
    if (!('genReqId' in server)) t.match(refused[0]?.Fields, { agent: 't', method: 'GET', path: '/late' })
  }
  const silent = lines()
  const app = Fastify({ ...mozlogServerOptions({ stream: silent }) })
  t.teardown(() => app.close())
  app.get('/slow', () => sleep(200, 'x'))
  const socket = await raw(
    t,
    await app.listen({ port: 0, host: '127.0.0.1' }),
    'GET /slow HTTP/1.1\r\nhost: a\r\n\r\n'
  )
  await sleep(50)
  silent.raw.length = 0
  const closed = app.close()
  await sleep(20)
  socket.write('GET /late HTTP/1.1\r\nhost: a\r\n\r\n')
  await closed
  t.strictSame(silent.raw, [])
})

test('quiet routes are at debug, or left out; an error of theirs is not', async (t) => {
  for (const [quietLevel, count] of [
    [undefined, 1],
    ['silent', 0]
  ] as const) {
    const { app, out } = await build(t, {
      plugin: { quiet: ['/probe', '/fail'], ...(quietLevel && { quietLevel }) },
      mozlog: { level: 'debug' }
    })
    app.get('/probe', async () => 'x')
    app.get('/fail', async () => {
      throw new Error('x')
    })
    await app.inject('/probe')
    t.strictSame(
      out.records.map(({ Severity }) => Severity),
      Array(count).fill(7)
    )
    await app.inject('/fail')
    t.match(out.last, { Severity: 3, Fields: { path: '/fail' } })
    await app.inject('/other')
    t.match(out.last, { Severity: 6, Fields: { path: '/other' } })
  }
})

test('without the plugin there is no summary, and an app without a logger stays silent', async (t) => {
  const out = lines()
  const app = Fastify({ ...mozlogServerOptions({ stream: out }) })
  t.teardown(() => app.close())
  app.get('/fail', async () => {
    throw new Error('x')
  })
  await app.inject('/fail')
  t.strictSame(out.raw, [])
  const url = await app.listen({ port: 0, host: '127.0.0.1' })
  out.raw.length = 0
  const socket = await raw(t, url, 'NONSENSE\r\n\r\n')
  await once(socket, 'data')
  t.strictSame(out.raw, [])
  const silent = Fastify()
  t.teardown(() => silent.close())
  await silent.register(fastifyMozlog)
  t.equal((await silent.inject('/')).statusCode, 404)
})

test('a stream that throws costs a request nothing', async (t) => {
  let tries = 0
  const stream = {
    write() {
      tries++
      throw new Error('no stream')
    }
  }
  const { app } = await build(t, { mozlog: { stream } })
  t.equal((await app.inject('/')).statusCode, 404)
  t.equal(tries, 1)
})

test('two apps in one process share nothing', async (t) => {
  const [one, other] = [await build(t, { plugin: { quiet: ['/'], quietLevel: 'silent' } }), await build(t)]
  for (const { app } of [one, other]) {
    app.get('/', async () => 'x')
    await app.inject('/')
  }
  t.equal(one.out.raw.length, 0)
  t.equal(other.out.raw.length, 1)
})

test('over a Unix socket, where there are no addresses', async (t) => {
  const { app, summaries } = await build(t)
  const dir = await mkdtemp(join(tmpdir(), 'mozlog-'))
  t.teardown(() => rm(dir, { recursive: true }))
  const path = join(dir, 's')
  await app.listen({ path })
  for (const [i, said] of ['GET / HTTP/1.1\r\nhost: a\r\n\r\n', 'NONSENSE\r\n\r\n'].entries()) {
    const socket = connect(path)
    t.teardown(() => socket.destroy())
    socket.write(said)
    await settled(summaries, i + 1)
  }
  t.match(summaries(), [{ Fields: { code: 404, path: '/' } }, { Fields: { code: 400 } }])
  for (const { Fields } of summaries()) t.notOk('remoteAddressChain' in (Fields ?? {}))
})

test('over HTTP/2', async (t) => {
  const { connect: connect2 } = await import('node:http2')
  const { app, summaries } = await build(t, { server: { http2: true } as FastifyServerOptions })
  app.get('/', async () => 'x')
  const client = connect2(await app.listen({ port: 0, host: '127.0.0.1' }))
  const request = client.request({ ':path': '/' })
  await once(request.resume(), 'close')
  client.close()
  await settled(summaries, 1)
  t.match(summaries(), [{ Fields: { code: 200, errno: 0, path: '/' } }])
})

test('another logger, or a bad option, is a coded TypeError while registering', async (t) => {
  const options =
    'querystring, remoteAddressChain, uid, quiet, quietStatusCodes, quietLevel, summaryLevel, sampleRate, slow, asyncContext'
  const cases: [opts: object, message: string][] = [
    [{ querystring: 'yes' }, 'option "querystring" must be true or false'],
    [{ remoteAddressChain: 1 }, 'option "remoteAddressChain" must be true or false'],
    [{ uid: 'x' }, 'option "uid" must be a function'],
    [{ quiet: '/probe' }, 'option "quiet" must be an array of route urls'],
    [{ quietLevel: 'warn' }, 'option "quietLevel" must be "debug" or "silent"'],
    [{ quietStatusCodes: [99] }, 'option "quietStatusCodes" must be an array of status codes'],
    [{ summaryLevel: 'debug' }, 'option "summaryLevel" must be a function'],
    [{ sampleRate: 2 }, 'option "sampleRate" must be a number from 0 to 1'],
    [{ slow: -1 }, 'option "slow" must be a number of milliseconds, 0 or above'],
    [{ asyncContext: 1 }, 'option "asyncContext" must be true or false'],
    [{ prefix: '/v1' }, `option "prefix" is unknown; the options are: ${options}`]
  ]
  for (const [plugin, message] of cases) {
    const error = await build(t, { plugin }).catch((err) => err)
    t.ok(error instanceof TypeError)
    t.match(error, { code: 'DOCKERFLOW_MOZLOG_INVALID_OPTION', message: `@dockerflow/mozlog: ${message}` })
  }
  const app = Fastify({ logger: { stream: { write() {} } } })
  t.teardown(() => app.close())
  const error = await app.register(fastifyMozlog).then(
    () => undefined,
    (err) => err
  )
  t.ok(error instanceof TypeError)
  t.match(error, {
    code: 'DOCKERFLOW_MOZLOG_FOREIGN_LOGGER',
    message:
      '@dockerflow/mozlog: the app has another logger; make it with Fastify(dockerflowServerOptions()) of @dockerflow/all, or with Fastify(mozlogServerOptions()), or keep its logger and register @dockerflow/all with mozlog: false'
  })
})
