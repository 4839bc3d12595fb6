import { createSocket } from 'node:dgram'
import { on, once } from 'node:events'
import { writeFile } from 'node:fs/promises'
import { createServer } from 'node:net'
import { join } from 'node:path'
import type { HeartbeatPayload } from '@dockerflow/heartbeat'
import { mozlogErrors } from '@dockerflow/mozlog/schema'
import { PostgresServer, withoutPostgres } from '@dockerflow/testing/postgres'
import { RedisServer, withoutRedis } from '@dockerflow/testing/redis'
import { test } from 'tap'
import { spawnService, startService, until } from './fixtures/service.ts'

const version = '{ "source": "https://example.com/demo", "version": "1.2.3",\n "commit": "", "build": "" }'

test('answers the three endpoints out of the box, GET and HEAD, with and without a query string', async (t) => {
  const file = join(t.testdir({ 'version.json': version }), 'version.json')
  const service = await startService(t, { VERSION_FILE: file })
  const bodies: Record<string, string> = {
    '/__version__': version,
    '/__heartbeat__': '{"status":"ok","checks":{"sqlite":"ok"},"details":{}}',
    '/__lbheartbeat__': 'OK'
  }
  for (const [path, body] of Object.entries(bodies)) {
    for (const query of ['', '?from=test']) {
      const get = await fetch(service.url + path + query)
      t.equal(get.status, 200, path)
      t.equal(await get.text(), body)
      t.equal(get.headers.get('cache-control'), 'no-store')
      const head = await fetch(service.url + path + query, { method: 'HEAD' })
      t.equal(head.status, 200)
      t.equal(head.headers.get('content-length'), `${Buffer.byteLength(body)}`)
    }
  }
})

test('without a version file it serves, says so in its log, and /__version__ is 404 with a JSON body', async (t) => {
  const service = await startService(t, { VERSION_FILE: 'nowhere.json' })
  const res = await fetch(`${service.url}/__version__`)
  t.equal(res.status, 404)
  t.type(await res.json(), 'object')
  t.match(service.output().stdout, 'nowhere.json')
})

test('serves its page: the page is asked for anew, its assets are kept for good', async (t) => {
  const service = await startService(t)
  const page = await fetch(service.url)
  const html = await page.text()
  t.equal(page.headers.get('content-type'), 'text/html; charset=utf-8')
  t.equal(page.headers.get('cache-control'), 'no-cache')
  const policy = page.headers.get('content-security-policy') ?? ''
  t.match(policy, "default-src 'none'")
  t.match(policy, "script-src 'self'")
  t.notMatch(policy, 'unsafe')
  t.equal(page.headers.get('x-content-type-options'), 'nosniff')

  const assets = [...html.matchAll(/(?:src|href)="\.?(\/assets\/[^"]+)"/g)].map(([, path]) => path)
  t.equal(assets.length, 3, 'a script, a style sheet and an icon')
  for (const path of assets) {
    t.match(path, /-[\w-]{8}\.(js|css|svg)$/, 'its name holds a hash of its content')
    const asset = await fetch(service.url + path)
    t.equal(asset.status, 200)
    t.equal(asset.headers.get('cache-control'), 'public, max-age=31536000, immutable')
  }
  t.equal((await fetch(`${service.url}/../package.json`)).status, 404)
})

test('every line of the log is a mozlog record, unless LOG_FORMAT asks for lines that people read', async (t) => {
  const mozlog = await startService(t)
  const pretty = await startService(t, { LOG_FORMAT: 'pretty' })
  for (const service of [mozlog, pretty]) {
    await fetch(`${service.url}/__heartbeat__`)
    service.process.kill('SIGTERM')
    t.strictSame(await service.ended, [0, null])
  }
  const lines = mozlog.output().stdout.trim().split('\n')
  for (const line of lines) t.strictSame(mozlogErrors(line), [], line)
  t.ok(lines.length > 4)
  const text = pretty.output().stdout
  t.match(text, /request\.summary.*GET \/__heartbeat__.*200|request\.summary.*200.*GET \/__heartbeat__/)
  t.notMatch(text, '{"Timestamp"')
})

test('/__error__ is there for who has the token, when one is set', async (t) => {
  const service = await startService(t, { ERROR_TOKEN: 'a-token' })
  const headers = { authorization: 'Bearer a-token' }
  t.equal((await fetch(`${service.url}/__error__`)).status, 401)
  t.equal((await fetch(`${service.url}/__error__`, { headers })).status, 500)
  const other = await startService(t)
  t.equal((await fetch(`${other.url}/__error__`, { headers })).status, 404)
})

test('metrics go to $STATSD_HOST', async (t) => {
  const statsd = createSocket('udp4')
  t.teardown(() => statsd.close())
  await new Promise<void>((resolve) => statsd.bind(0, '127.0.0.1', resolve))
  const STATSD_PORT = String(statsd.address().port)
  const service = await startService(t, { STATSD_HOST: '127.0.0.1', STATSD_PORT })
  const packets = on(statsd, 'message')
  await fetch(`${service.url}/__heartbeat__`)
  for await (const [packet] of packets) {
    if (String(packet).includes('heartbeat')) break
  }
  t.pass('a packet told of the heartbeat; without one, this test would not have ended')
})

test('SIGTERM ends it with code 0', async (t) => {
  const service = await startService(t)
  service.process.kill('SIGTERM')
  t.strictSame(await service.ended, [0, null])
})

test('serves for DRAIN_DELAY after SIGTERM, with the load balancer told to go away', async (t) => {
  const service = await startService(t, { DRAIN_DELAY: '2000' })
  service.process.kill('SIGTERM')
  await until(async () => (await fetch(`${service.url}/__lbheartbeat__`)).status === 503)
  t.equal((await fetch(`${service.url}/__heartbeat__`)).status, 200)
  t.strictSame(await service.ended, [0, null])
})

test('a wrong environment ends it with code 1 and one line that names every wrong variable', async (t) => {
  const service = await spawnService(t, {
    PORT: 'http',
    LOG_LEVEL: 'loud',
    DATABASE_URL: 'postgres://demo:canary-4711@host:port/demo'
  })
  t.strictSame(await service.ended, [1, null])
  const { stdout, stderr } = service.output()
  t.equal(stdout, '')
  t.equal(stderr.trim().split('\n').length, 1)
  for (const name of ['PORT', 'LOG_LEVEL', 'DATABASE_URL']) t.match(stderr, `${name} must be`)
  t.notMatch(stderr, 'canary-4711')
  t.notMatch(stderr, ' at ')
})

test('a version file that is wrong ends it with code 1 and a line that names the file', async (t) => {
  for (const content of ['', 'version', '[]', '{"commit":7}']) {
    const path = join(t.testdirName, 'version.json')
    t.testdir({})
    await writeFile(path, content)
    const service = await spawnService(t, { VERSION_FILE: path })
    t.strictSame(await service.ended, [1, null], content)
    const { stdout, stderr } = service.output()
    t.equal(stderr, '')
    t.equal(stdout.trim().split('\n').length, 1, 'one line')
    t.match(JSON.parse(stdout), { Type: 'app.crash', Fields: { msg: /^can't start: / } })
    t.match(stdout, path)
  }
})

test('a database file that can not be opened ends it with code 1 and one line', async (t) => {
  const cases: [path: string, reason: string][] = [
    [t.testdir(), 'unable to open database file'], // it is a folder
    ['/dev/null/demo.db', "EEXIST: file already exists, mkdir '/dev/null'"], // a file where a folder should be
    ['/proc/sys/kernel/demo.db', "EACCES: permission denied, access '/proc/sys/kernel'"] // nor can root write there
  ]
  for (const [path, reason] of cases) {
    const service = await spawnService(t, { DATABASE_URL: `sqlite:${path}` })
    t.strictSame(await service.ended, [1, null])
    const { stdout, stderr } = service.output()
    t.equal(stdout, '')
    t.equal(stderr, `can't start: DATABASE_URL must name a file that can be opened: ${reason}\n`)
  }
})

test('a port in use ends it with code 1 and says so', async (t) => {
  const other = createServer().listen(0, '127.0.0.1')
  await once(other, 'listening')
  t.teardown(() => other.close())
  const { port } = other.address() as { port: number }
  const service = await spawnService(t, { PORT: `${port}` })
  t.strictSame(await service.ended, [1, null])
  t.match(service.output().stdout + service.output().stderr, 'EADDRINUSE')
})

test('PostgreSQL goes away and comes back: the heartbeat follows, lbheartbeat stays, nothing restarts', {
  skip: withoutPostgres()
}, async (t) => {
  const password = 'canary-4711'
  const postgres = await PostgresServer.create(password)
  t.teardown(() => postgres.remove())
  const service = await startService(t, { DATABASE_URL: postgres.url })
  const status = async (path: string) => (await fetch(service.url + path)).status
  const body = async () => (await fetch(`${service.url}/__heartbeat__`)).json()

  t.strictSame(await body(), { status: 'ok', checks: { postgres: 'ok' }, details: {} })
  await postgres.stop()
  await until(async () => (await status('/__heartbeat__')) === 503)
  t.match(await body(), { status: 'error', checks: { postgres: 'error' } })
  t.equal(await status('/__lbheartbeat__'), 200)
  await postgres.start()
  await until(async () => (await status('/__heartbeat__')) === 200)
  t.equal(service.process.exitCode, null)

  postgres.signal('SIGSTOP')
  await until(async () => (await status('/__heartbeat__')) === 503)
  t.equal(await status('/__lbheartbeat__'), 200)
  postgres.signal('SIGCONT')
  await until(async () => (await status('/__heartbeat__')) === 200)

  const { stdout, stderr } = service.output()
  t.notMatch(stdout + stderr, password)
})

test('Redis is checked beside the database when REDIS_URL is set', { skip: withoutRedis() }, async (t) => {
  const password = 'canary-4711'
  const redis = await RedisServer.create(password)
  t.teardown(() => redis.remove())
  const REDIS_URL = `redis://:${password}@127.0.0.1:${redis.port}/0`
  const service = await startService(t, { REDIS_URL })
  const heartbeat = async () =>
    (await (await fetch(`${service.url}/__heartbeat__`)).json()) as HeartbeatPayload
  t.strictSame(await heartbeat(), { status: 'ok', checks: { sqlite: 'ok', redis: 'ok' }, details: {} })
  await redis.stop()
  await until(async () => (await heartbeat()).checks?.redis === 'error')
  t.equal((await heartbeat()).checks?.sqlite, 'ok')
  await redis.start()
  await until(async () => (await heartbeat()).status === 'ok')
  service.process.kill('SIGTERM')
  t.strictSame(await service.ended, [0, null])
  t.notMatch(service.output().stdout + service.output().stderr, password)
})

test('starts while its database is down', { skip: withoutPostgres() }, async (t) => {
  const postgres = await PostgresServer.create()
  t.teardown(() => postgres.remove())
  await postgres.stop()
  const service = await startService(t, { DATABASE_URL: postgres.url })
  t.equal((await fetch(`${service.url}/__heartbeat__`)).status, 503)
  await postgres.start()
  await until(async () => (await fetch(`${service.url}/__heartbeat__`)).status === 200)
  t.equal(service.process.exitCode, null)
})
