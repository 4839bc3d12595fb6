import { connect } from 'node:net'
import { text } from 'node:stream/consumers'
import fastifyMozlog, { mozlogServerOptions } from '@dockerflow/mozlog'
import Fastify, { type FastifyInstance } from 'fastify'
import { type Test, test } from 'tap'
import fastifyError, { type FastifyErrorOptions } from '../src/index.ts'

const token = 'correct-horse.battery~staple'

/** An app, and the records that it has logged. */
async function build(t: Test, opts?: FastifyErrorOptions) {
  const records: { Severity: number; Type: string; Fields: Record<string, unknown> }[] = []
  const app = Fastify(mozlogServerOptions({ stream: { write: (line) => records.push(JSON.parse(line)) } }))
  t.teardown(() => app.close())
  await app.register(fastifyMozlog)
  await app.register(fastifyError, opts ?? {})
  return { app, records }
}

const call = (app: FastifyInstance, authorization?: string, url = '/__error__') =>
  app.inject({ url, headers: authorization === undefined ? {} : { authorization } })

test('is off by default, and where it is off in spite of a token', async (t) => {
  for (const opts of [undefined, {}, { enabled: false }, { enabled: false, token }, { token: undefined }]) {
    const { app } = await build(t, opts)
    t.equal((await call(app, `Bearer ${token}`)).statusCode, 404)
  }
})

test('enabled: logs that it was called, then throws, which is a 500 and one line with the traceback', async (t) => {
  const { app, records } = await build(t, { enabled: true })
  const res = await call(app)
  t.equal(res.statusCode, 500)
  t.equal(res.headers['cache-control'], 'no-store')
  t.strictSame(res.json(), {
    statusCode: 500,
    code: 'DOCKERFLOW_ERROR_TEST',
    error: 'Internal Server Error',
    message: 'This is a test exception from the /__error__ endpoint.'
  })
  t.match(records, [
    { Severity: 3, Fields: { msg: 'The __error__ endpoint was called', rid: String } },
    {
      Severity: 3,
      Type: 'request.summary',
      Fields: { error: /This is a test exception from the \/__error__ endpoint\.$/, traceback: /\n {4}at / }
    }
  ])
  t.equal(records.length, 2)
})

test('answers with a query string, HEAD as well, also where HEAD routes are off', async (t) => {
  for (const exposeHeadRoutes of [true, false]) {
    const app = Fastify({ exposeHeadRoutes })
    t.teardown(() => app.close())
    await app.register(fastifyError, { token })
    t.equal((await call(app, `Bearer ${token}`, '/__error__?by=me')).statusCode, 500)
    for (const [authorization, code] of [
      [`Bearer ${token}`, 500],
      ['Bearer no', 401]
    ] as const) {
      const res = await app.inject({ method: 'HEAD', url: '/__error__', headers: { authorization } })
      t.equal(res.statusCode, code)
      t.equal(res.body, '')
      t.equal(res.headers['cache-control'], 'no-store')
    }
  }
})

test('answers no other method', async (t) => {
  const { app } = await build(t, { enabled: true })
  for (const method of ['POST', 'PUT', 'DELETE'] as const) {
    t.equal((await app.inject({ method, url: '/__error__' })).statusCode, 404)
  }
})

test('with a token, throws for that token alone; the name of the scheme has no case', async (t) => {
  for (const enabled of [true, undefined]) {
    const { app } = await build(t, { token, enabled })
    t.equal((await call(app, `Bearer ${token}`)).statusCode, 500)
    t.equal((await call(app, `bearer  ${token}`)).statusCode, 500)
  }
})

test('a missing or wrong token is a 401, and nothing is logged as an error', async (t) => {
  const { app, records } = await build(t, { token })
  const wrong = [
    undefined,
    '',
    'Bearer',
    'Bearer ',
    token,
    `Bearer ${token}x`,
    `Bearer ${token.slice(1)}`,
    `Bearer ${token.toUpperCase()}`,
    `Basic ${token}`,
    `Bearer Bearer ${token}`,
    `Bearer ${'x'.repeat(10_000)}`,
    'Bearer \u00ff\u0000'
  ]
  for (const authorization of wrong) {
    const res = await call(app, authorization)
    t.equal(res.statusCode, 401, `for ${authorization}`)
    t.equal(res.headers['www-authenticate'], 'Bearer')
    t.equal(res.headers['cache-control'], 'no-store')
    t.strictSame(res.json(), {
      statusCode: 401,
      error: 'Unauthorized',
      message: 'The token is missing or wrong'
    })
  }
  t.equal(records.length, wrong.length)
  for (const { Severity } of records) t.equal(Severity, 6)
  t.notMatch(JSON.stringify(records), token, 'no line holds the token')
})

test('on the wire: bytes that are no ASCII, and a header that comes twice, of which the first counts', async (t) => {
  const { app } = await build(t, { token })
  const { port } = new URL(await app.listen({ port: 0, host: '127.0.0.1' }))
  const right = `Authorization: Bearer ${token}`
  for (const [lines, code] of [
    [[right], 500],
    [[`aUTHORIZATION:bEARER   ${token} \t`], 500],
    [[`Authorization:\tBearer\t${token}`], 401],
    [[`${right}\xff`], 401],
    [[`Authorization: Bearer ${'\xe9'.repeat(token.length)}`], 401],
    [[`${right}, Bearer no`], 401],
    [[right, 'Authorization: Bearer no'], 500],
    [['Authorization: Bearer no', right], 401]
  ] as const) {
    const socket = connect(Number(port), '127.0.0.1')
    const head = ['GET /__error__ HTTP/1.1', 'Host: a', 'Connection: close', ...lines, '', '']
    socket.end(head.join('\r\n'), 'latin1')
    t.match(await text(socket), new RegExp(`^HTTP/1.1 ${code} `), `${lines}`)
  }
})

test("an error handler of the app's own sends its body whole", async (t) => {
  const app = Fastify()
  t.teardown(() => app.close())
  app.setErrorHandler((error, _request, reply) =>
    reply.code(500).send({ oops: [(error as Error).message], error: 'ours' })
  )
  await app.register(fastifyError, { enabled: true })
  t.strictSame((await call(app)).json(), {
    oops: ['This is a test exception from the /__error__ endpoint.'],
    error: 'ours'
  })
})

test('url moves the route', async (t) => {
  const { app } = await build(t, { enabled: true, url: '/boom' })
  t.equal((await call(app, undefined, '/boom')).statusCode, 500)
  t.equal((await call(app)).statusCode, 404)
})

test('a bad option is a coded TypeError while registering that names the option', async (t) => {
  const cases: [opts: object, message: string][] = [
    [{ url: 'error' }, 'option "url" must be a path that starts with "/"'],
    [{ url: 7 }, 'option "url" must be a path that starts with "/"'],
    [{ enabled: 'true' }, 'option "enabled" must be true or false'],
    [{ token: '' }, 'option "token" must be a string of visible ASCII characters'],
    [{ token: 'two words' }, 'option "token" must be a string of visible ASCII characters'],
    [{ token: 7 }, 'option "token" must be a string of visible ASCII characters'],
    [{ token: null }, 'option "token" must be a string of visible ASCII characters'],
    [{ prefix: '/v1' }, 'option "prefix" is unknown; the options are: url, enabled, token, hide'],
    [{ hide: 1 }, 'option "hide" must be true or false']
  ]
  for (const [opts, message] of cases) {
    const error = await build(t, opts).catch((err) => err)
    t.ok(error instanceof TypeError)
    t.match(error, { code: 'DOCKERFLOW_ERROR_INVALID_OPTION', message: `@dockerflow/error: ${message}` })
  }
})

test('a prefix that would move the default path is a coded error that says what to do', async (t) => {
  const app = Fastify()
  t.teardown(() => app.close())
  app.register(async (ops) => ops.register(fastifyError, { enabled: true }), { prefix: '/ops' })
  await t.rejects(async () => app.ready(), {
    code: 'DOCKERFLOW_ERROR_PREFIXED_SCOPE',
    message:
      '@dockerflow/error: the scope\'s prefix would move "/__error__" to "/ops/__error__"; register the plugin outside of that scope, or set the option "url" if you mean it'
  })
})

test('a second registration is a coded error that names the plugin', async (t) => {
  const app = Fastify()
  t.teardown(() => app.close())
  await app.register(fastifyError, { enabled: true })
  await t.rejects(async () => app.register(fastifyError, { enabled: true }), {
    code: 'DOCKERFLOW_ERROR_ALREADY_REGISTERED',
    message: '@dockerflow/error: the plugin is registered already; register it once'
  })
})
