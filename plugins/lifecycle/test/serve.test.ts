import http from 'node:http'
import { createServer } from 'node:net'
import Fastify from 'fastify'
import { test } from 'tap'
import { type ServeOptions, serve } from '../src/index.ts'
import { portFrom } from '../src/options.ts'
import { Service } from './fixtures/start.ts'

const options = (opts: ServeOptions) => ({ OPTIONS: JSON.stringify({ port: 0, ...opts }) })

for (const signal of ['SIGTERM', 'SIGINT'] as const) {
  test(`${signal}: drains, goes on serving, then closes and ends with 0`, async (t) => {
    const service = new Service(t, options({ drainDelay: 3000 }))
    const origin = await service.origin()
    const agent = new http.Agent({ keepAlive: true })
    t.teardown(() => agent.destroy())
    const get = (path: string) =>
      new Promise<http.IncomingMessage>((resolve, reject) => {
        http.get(`${origin}${path}`, { agent }, (res) => resolve(res.resume())).on('error', reject)
      })

    const before = await get('/__lbheartbeat__')
    t.equal(before.statusCode, 200)
    t.equal(before.headers.connection, 'keep-alive')

    service.kill(signal)
    t.match(await service.line('app.drain'), { severity: 6, signal, drainDelay: 3000, msg: 'draining' })
    const probe = await get('/__lbheartbeat__')
    t.equal(probe.statusCode, 503, 'the load balancer sees it')
    t.equal(probe.headers.connection, 'close', 'and so is whoever keeps a connection')
    for (const path of ['/', '/nowhere']) {
      const res = await get(path)
      t.equal(res.statusCode, path === '/' ? 200 : 404, 'requests are served')
      t.equal(res.headers.connection, 'close')
    }

    const { code, stderr, types } = await service.ended()
    t.equal(code, 0)
    t.equal(stderr, '')
    t.strictSame(types, ['app.start', 'app.drain', 'app.stop'])
    t.strictSame(
      service.lines.slice(-2).map(({ msg }) => msg),
      ['app closes', 'closed']
    )
  })
}

test('a request in flight is answered before the process ends, and its connection closed', async (t) => {
  const service = new Service(t, options({}))
  const origin = await service.origin()
  const slow = fetch(`${origin}/slow?ms=700`)
  await service.line('slow began')
  service.kill('SIGTERM')
  const res = await slow
  t.equal(res.status, 200)
  t.equal(res.headers.get('connection'), 'close')
  t.equal(await res.text(), 'slow')
  t.equal((await service.ended()).code, 0)
})

test("pino's own destination writes the last lines, in their order", async (t) => {
  const service = new Service(t, { LOGGER: 'pino' })
  await service.origin()
  service.kill('SIGTERM')
  t.equal((await service.ended()).code, 0)
  t.strictSame(
    service.lines.slice(-3).map(({ msg }) => msg),
    ['draining', 'app closes', 'closed']
  )
})

test('app.start tells the version, the node version, the checks and the addresses', async (t) => {
  const service = new Service(t, { VERSION: '{"version":"1.2.0","commit":"abc"}', LOGGER: 'pino' })
  t.match(await service.line('app.start'), {
    severity: 6,
    version: { version: '1.2.0', commit: 'abc' },
    node: process.version,
    checks: ['db', 'cache'],
    addresses: [/^127\.0\.0\.1:\d+$/],
    msg: 'started'
  })
})

test('close closes what is around the app', async (t) => {
  const service = new Service(t, { CLOSE: '1' })
  await service.origin()
  service.kill('SIGTERM')
  t.equal((await service.ended()).code, 0)
  t.strictSame(
    service.lines.slice(-3).map(({ msg }) => msg),
    ['close of the framework', 'app closes', 'closed']
  )
})

test('a port in use is one line and exit code 1', async (t) => {
  const taken = createServer()
  t.teardown(() => taken.close())
  await new Promise<void>((resolve) => taken.listen(0, '127.0.0.1', resolve))
  const { port } = taken.address() as { port: number }
  const service = new Service(t, options({ port }))
  const { code, stderr } = await service.ended()
  t.equal(code, 1)
  t.equal(stderr, '')
  t.match(
    service.lines.filter(({ severity }) => severity < 6),
    [
      {
        severity: 2,
        type: 'app.crash',
        msg: `can't start: listen EADDRINUSE: address already in use 127.0.0.1:${port}; stop what listens there, or set PORT to another port`
      }
    ]
  )
})

test('an address of another machine is one line that names HOST, and exit code 1', async (t) => {
  const service = new Service(t, options({ port: 0, host: '192.0.2.1' }))
  t.equal((await service.ended()).code, 1)
  t.match(service.lines, [
    { msg: /^can't start: listen EADDRNOTAVAIL: .*; set HOST to an address of this machine$/ }
  ])
})

test('PORT and HOST of the environment are the defaults', async (t) => {
  const service = new Service(t, { OPTIONS: '{}', PORT: '0', HOST: '::1' })
  t.match(await service.origin(), /^http:\/\/\[::1\]:\d+$/)
  service.kill('SIGTERM')
  t.equal((await service.ended()).code, 0)
})

test('without a PORT, or with an empty one, the port is 8000', async (t) => {
  t.equal(portFrom({}), 8000)
  t.equal(portFrom({ PORT: '' }), 8000)
  t.equal(portFrom({ PORT: '80' }), 80)
})

test('a PORT that is no port is one line and exit code 1', async (t) => {
  for (const PORT of ['http', '65536', '-1', '8000 ']) {
    const service = new Service(t, { OPTIONS: '{}', PORT })
    const { code, stderr } = await service.ended()
    t.equal(code, 1)
    t.equal(stderr, '')
    t.match(service.lines, [
      { severity: 2, type: 'app.crash', msg: /PORT must be a whole number from 0 to 65535$/ }
    ])
  }
})

test('an app that fails to boot is one line and exit code 1', async (t) => {
  const service = new Service(t, { BOOT: 'fail' })
  const { code, stderr } = await service.ended()
  t.equal(code, 1)
  t.equal(stderr, '')
  t.match(service.lines.at(-1), {
    type: 'app.crash',
    msg: "can't start: no such table",
    traceback: /service\.ts/
  })
})

test('an app that is ready already is one line and exit code 1', async (t) => {
  const service = new Service(t, { READY: '1' })
  const { code, stderr, types } = await service.ended()
  t.equal(code, 1)
  t.equal(stderr, '')
  t.strictSame(types, ['app.crash'])
  t.match(service.lines.at(-1), {
    severity: 2,
    msg: /^can't start: (?:Root plugin has already booted|Fastify instance is already listening)/
  })
})

test('a second serve(), of the same app or of another, is a coded error that ends the process with 1', async (t) => {
  for (const AGAIN of ['same', 'other']) {
    const service = new Service(t, { ...options({}), AGAIN })
    const { code, stderr, types } = await service.ended()
    t.equal(code, 1)
    t.equal(stderr, '')
    t.strictSame(types, ['app.start', 'app.crash'])
    t.match(service.lines.at(-1), {
      severity: 2,
      error: /@dockerflow\/lifecycle: serve\(\) runs one app as this process, and was called before$/
    })
  }
})

test('what are no options at all is a coded TypeError, and nothing listens', async (t) => {
  for (const opts of [null, 7, true, 'port', [], [1]]) {
    const app = Fastify()
    const error = await serve(app, opts as unknown as ServeOptions).catch((err) => err)
    t.ok(error instanceof TypeError)
    t.match(error, {
      code: 'DOCKERFLOW_LIFECYCLE_INVALID_OPTION',
      message: '@dockerflow/lifecycle: option "options" must be an object'
    })
    t.equal(app.server.listening, false)
  }
})

test('a bad option is a coded TypeError that names it, and nothing listens', async (t) => {
  const cases: [options: object, message: string][] = [
    [{ port: '80' }, 'option "port" must be a whole number from 0 to 65535'],
    [{ port: 65_536 }, 'option "port" must be a whole number from 0 to 65535'],
    [{ host: '' }, 'option "host" must be a string that is not empty'],
    [{ host: 7 }, 'option "host" must be a string that is not empty'],
    [{ drainDelay: -1 }, 'option "drainDelay" must be a whole number of ms from 0 to 3600000'],
    [{ drainDelay: Number.NaN }, 'option "drainDelay" must be a whole number of ms from 0 to 3600000'],
    [{ closeTimeout: 0 }, 'option "closeTimeout" must be a whole number of ms from 1 to 3600000'],
    [{ closeTimeout: 4_000_000 }, 'option "closeTimeout" must be a whole number of ms from 1 to 3600000'],
    [{ close: 7 }, 'option "close" must be a function'],
    [{ heapThreshold: 0.1 }, 'option "heapThreshold" must be 0, or a number from 0.2 to 1'],
    [{ heapThreshold: '1' }, 'option "heapThreshold" must be 0, or a number from 0.2 to 1'],
    [{ containerThreshold: 90 }, 'option "containerThreshold" must be 0, or a number from 0.2 to 1'],
    [{ reportDir: '' }, 'option "reportDir" must be a path that is not empty'],
    [
      { prot: 80 },
      'option "prot" is unknown; the options are: port, host, drainDelay, closeTimeout, close, heapThreshold, containerThreshold, reportDir'
    ]
  ]
  for (const [opts, message] of cases) {
    const app = Fastify()
    const error = await serve(app, opts as ServeOptions).catch((err) => err)
    t.ok(error instanceof TypeError)
    t.match(error, {
      code: 'DOCKERFLOW_LIFECYCLE_INVALID_OPTION',
      message: `@dockerflow/lifecycle: ${message}`
    })
    t.equal(app.server.listening, false)
  }
})
