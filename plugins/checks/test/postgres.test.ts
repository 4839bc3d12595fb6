import { once } from 'node:events'
import { mkdtemp, rm } from 'node:fs/promises'
import { type AddressInfo, connect, createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import type { HeartbeatCheckObject } from '@dockerflow/heartbeat'
import { FaultProxy } from '@dockerflow/testing/fault-proxy'
import { PostgresServer, withoutPostgres } from '@dockerflow/testing/postgres'
import pg from 'pg'
import postgres from 'postgres'
import { type Test, test } from 'tap'
import { postgresCheck } from '../src/postgres.ts'
import { canary, drive, networked, shared, until, written } from './suite.ts'

const skip = withoutPostgres()
const server = shared(() => PostgresServer.create(canary))
const at = (port: number) => ({
  host: '127.0.0.1',
  port,
  user: 'demo',
  password: canary,
  database: 'postgres'
})

async function sessions(server: PostgresServer): Promise<number> {
  const client = new pg.Client(at(server.port))
  await client.connect()
  const { rowCount } = await client.query(
    "SELECT 1 FROM pg_stat_activity WHERE backend_type = 'client backend' AND pid <> pg_backend_pid()"
  )
  await client.end()
  return rowCount ?? 0
}

networked('a Pool of pg', {
  skip,
  server,
  sessions,
  client: (port) => new pg.Pool(at(port)).on('error', () => {}),
  check: (pool) => postgresCheck(pool),
  use: (pool) => pool.query('SELECT 1'),
  end: (pool) => pool.end()
})

networked('a Client of pg', {
  skip,
  server,
  sessions,
  client: (port) => new pg.Client(at(port)),
  check: (client) => postgresCheck(client),
  use: async (client) => {
    await client.connect()
    await client.query('SELECT 1')
  },
  end: (client) => client.end()
})

networked('the sql of postgres', {
  skip,
  server,
  sessions,
  client: (port) => postgres(at(port)),
  check: (sql) => postgresCheck(sql, { driver: postgres }),
  use: (sql) => sql`SELECT 1`,
  end: (sql) => sql.end()
})

async function start(t: Test): Promise<PostgresServer> {
  const server = await PostgresServer.create(canary)
  t.teardown(() => server.remove())
  return server
}

function pool(t: Test, server: PostgresServer, options: pg.PoolConfig = {}): pg.Pool {
  const made = new pg.Pool({ ...at(server.port), ...options }).on('error', () => {})
  t.teardown(() => made.end())
  return made
}

/** A check that is closed with the test. */
function closing(t: Test, check: HeartbeatCheckObject): HeartbeatCheckObject {
  t.teardown(() => check.close?.())
  return check
}

const well = { err: undefined, messages: [], timedOut: false }
const saturated = { level: 30, id: 'dockerflow.health.W002', message: "the app's pool is saturated" }

test('a saturated pool is a warning, and its connections are left alone', { skip }, async (t) => {
  const app = pool(t, await server(), { max: 1 })
  const check = closing(t, postgresCheck(app))
  const client = await app.connect()
  t.match(await drive(check), well, 'a pool in full use is well as long as nobody waits')
  const waits = app.connect()
  t.match((await drive(check)).messages, [saturated])
  t.equal(app.waitingCount, 1, 'the check itself does not wait there')
  client.release()
  const other = await waits
  other.release()
  t.match(await drive(check), well)
  t.equal(app.totalCount, 1)
})

test('a server in recovery is an info, and an error where the app needs to write', { skip }, async (t) => {
  const server = await start(t)
  const app = pool(t, server)
  await app.query("COPY (SELECT 1) TO PROGRAM 'touch standby.signal'")
  await server.stop()
  await server.start()
  const { messages } = await drive(closing(t, postgresCheck(app)))
  t.strictSame(messages, [
    { level: 20, id: 'dockerflow.health.I002', message: 'the server is a read-only replica' }
  ])
  for (const connection of ['own', 'pool'] as const) {
    const { messages } = await drive(closing(t, postgresCheck(app, { writable: true, connection })))
    t.strictSame(messages, [{ level: 40, id: 'dockerflow.health.E002', message: 'the server is read-only' }])
  }
})

test("a query of the app runs after the check's own, and the server ends it in time", { skip }, async (t) => {
  const app = pool(t, await server())
  await app.query('CREATE TABLE orders (id int)')
  t.match(await drive(closing(t, postgresCheck(app, { query: 'SELECT id FROM orders LIMIT 1' }))), well)
  const missing = postgresCheck(app, { query: 'SELECT id FROM no_such_table' })
  t.match((await drive(closing(t, missing))).err, { code: '42P01' })
  const slow = postgresCheck(app, { query: 'SELECT pg_sleep(60)', timeout: 100 })
  t.match((await drive(closing(t, slow))).err, {
    code: '57014',
    message: 'canceling statement due to statement timeout'
  })
  const { rows } = await app.query('SHOW statement_timeout')
  t.strictSame(rows, [{ statement_timeout: '0' }])
})

test('with no connection left at the server, a check that has one is well', { skip }, async (t) => {
  const server = await start(t)
  const admin = new pg.Client(at(server.port))
  await admin.connect()
  for (const setting of [
    'max_connections = 4',
    'superuser_reserved_connections = 0',
    'max_wal_senders = 0'
  ]) {
    await admin.query(`ALTER SYSTEM SET ${setting}`)
  }
  await admin.end()
  await server.stop()
  await server.start()

  const app = pool(t, server, { max: 3 })
  const [early, late] = [closing(t, postgresCheck(app)), closing(t, postgresCheck(app))]
  t.match(await drive(early), well)
  const clients = await Promise.all([app.connect(), app.connect(), app.connect()])
  t.match(await drive(early), well)
  t.match((await drive(late)).err, { code: '53300' })
  for (const client of clients) client.release(true)
  await until(async () => (await drive(late)).err === undefined, 'there is room again')
})

test('connection: "pool" borrows a connection, and the pool survives what happens to it', {
  skip
}, async (t) => {
  const running = await server()
  const proxy = await FaultProxy.create(running.port)
  t.teardown(() => proxy.close())
  const app = pool(t, running, { max: 1, port: proxy.port })
  const check = closing(t, postgresCheck(app, { connection: 'pool' }))
  t.match(await drive(check), well)
  t.match(await drive(check), well)
  t.equal(proxy.accepted, 1)
  t.equal(app.idleCount, 1)

  await proxy.set('hang')
  for (let i = 0; i < 10; i++) t.equal((await drive(check, 20)).timedOut, true)
  t.ok(app.waitingCount <= 1, 'no more than one request of ours is queued')
  await proxy.set('reset')
  await proxy.set('pass')
  await until(async () => (await drive(check)).err === undefined, 'the pool recovers')
  await app.query('SELECT 1')
  t.equal(app.totalCount, 1)

  const client = await app.connect()
  t.equal((await drive(check, 20)).timedOut, true, 'the pool has none to give')
  t.equal(app.waitingCount, 1)
  t.equal((await drive(check, 20)).timedOut, true)
  t.equal(app.waitingCount, 1)
  client.release()
  await app.query('SELECT 1')
  t.equal(app.idleCount, 1, 'what came too late was given back')

  const impatient = pool(t, running, { max: 1, connectionTimeoutMillis: 500 })
  const taken = await impatient.connect()
  const waiting = closing(t, postgresCheck(impatient, { connection: 'pool' }))
  t.equal((await drive(waiting, 10)).timedOut, true)
  await until(() => impatient.waitingCount === 0, 'the pool gave up')
  t.match((await drive(waiting, 5000)).err, { message: 'timeout exceeded when trying to connect' })
  taken.release()
  t.match(await drive(waiting, 5000), well)

  const failing = closing(t, postgresCheck(app, { connection: 'pool', query: 'SELECT 1/0' }))
  t.match((await drive(failing)).err, { code: '22012' })
  await app.query('SELECT 1')
  await running.stop()
  try {
    t.match((await drive(closing(t, postgresCheck(app, { connection: 'pool' })))).err, Error)
  } finally {
    await running.start()
  }
})

test('a borrowed connection that is lost is an error of the check, not of the process', {
  skip
}, async (t) => {
  const running = await server()
  const proxy = await FaultProxy.create(running.port)
  t.teardown(() => proxy.close())
  const app = pool(t, running, { max: 1, port: proxy.port })
  const check = closing(t, postgresCheck(app, { connection: 'pool' }))
  t.match(await drive(check), well)
  await proxy.set('hang')
  const run = drive(check, 5000)
  await until(() => app.idleCount === 0, 'the connection is borrowed')
  await proxy.set('reset')
  t.match((await run).err, Error)
  await proxy.set('pass')
  t.match(await drive(check, 5000), well)
})

test('the sql of postgres to a socket of a path', { skip }, async (t) => {
  const running = await server()
  // The path of a socket is limited to 107 characters: too few for t.testdir().
  const folder = await mkdtemp(join(tmpdir(), 'dockerflow-'))
  const path = join(folder, '.s.PGSQL.5432')
  const bridge = createServer((client) => {
    const upstream = connect(running.port, '127.0.0.1')
    client.pipe(upstream).pipe(client)
    client.on('error', () => upstream.destroy())
    upstream.on('error', () => client.destroy())
  }).listen(path)
  t.teardown(async () => {
    bridge.close()
    await rm(folder, { recursive: true })
  })
  const sql = postgres({ path, user: 'demo', password: canary, database: 'postgres' })
  const check = postgresCheck(sql, { driver: postgres })
  t.match(await drive(check), well)
  await check.close?.()
})

test('postgres: a server that ends each connection while it is made is connected to once for each run', async (t) => {
  let connections = 0
  const server = createServer((socket) => {
    connections += 1
    socket.on('error', () => {}).once('data', () => socket.end())
  })
  await once(server.listen(0, '127.0.0.1'), 'listening')
  t.teardown(() => server.close())
  const sql = postgres(at((server.address() as AddressInfo).port))
  const check = postgresCheck(sql, { driver: postgres })
  for (const runs of [1, 2]) {
    t.match((await drive(check)).err, { message: 'the connection ended while it was made' })
    t.equal(connections, runs)
  }
  await sleep(500)
  t.equal(connections, 2)
  await check.close?.()
})

test('a wrong password is neither published nor logged', { skip }, async (t) => {
  const app = pool(t, await server(), { password: `not-the-${canary}` })
  const outcome = await drive(closing(t, postgresCheck(app)))
  t.match(outcome.err, { code: '28P01' })
  t.notOk(written(outcome).includes(canary))
})

test('a client or option that can not work is refused while the check is built', async (t) => {
  const sql = postgres({ max: 1 })
  t.throws(() => postgresCheck(sql), {
    code: 'DOCKERFLOW_CHECKS_INVALID_OPTION',
    message: '@dockerflow/checks: option "driver" of postgresCheck is needed beside the sql of postgres'
  })
  t.throws(() => postgresCheck(new pg.Client(), { connection: 'pool' }), {
    code: 'DOCKERFLOW_CHECKS_INVALID_CLIENT',
    message: '@dockerflow/checks: postgresCheck must be given a Pool of pg, to borrow from'
  })
  for (const wrong of [undefined, null, 'postgres://demo:secret@db', {}, () => {}, 7]) {
    t.throws(() => postgresCheck(wrong as never), {
      code: 'DOCKERFLOW_CHECKS_INVALID_CLIENT',
      message:
        '@dockerflow/checks: postgresCheck must be given a Pool or a Client of pg, or the sql of postgres'
    })
  }
})
