import { setTimeout as sleep } from 'node:timers/promises'
import { FaultProxy } from '@dockerflow/testing/fault-proxy'
import { buildPgNative, withoutPgNative } from '@dockerflow/testing/pg-native'
import { PostgresServer, withoutPostgres } from '@dockerflow/testing/postgres'
import pg from 'pg'
import { test } from 'tap'
import { postgresCheck } from '../src/postgres.ts'
import { canary, drive, networked, shared, until } from './suite.ts'

const skip = withoutPostgres() || withoutPgNative()
if (!skip) await buildPgNative(import.meta.url)

// pg.native is null, and pg says so on stderr, where the add-on isn't compiled.
const native = skip ? pg : (pg.native as typeof pg)
const server = shared(() => PostgresServer.create(canary))
const at = (port: number) => ({
  host: '127.0.0.1',
  port,
  user: 'demo',
  password: canary,
  database: 'postgres',
  connectionTimeoutMillis: 2000
})

networked('a Pool of pg.native', {
  skip,
  server,
  lingers: 10_000,
  client: (port) => new native.Pool(at(port)).on('error', () => {}),
  check: (pool) => postgresCheck(pool, { connectTimeout: 2000 }),
  use: (pool) => pool.query('SELECT 1'),
  end: (pool) => pool.end()
})

networked('a Client of pg.native', {
  skip,
  server,
  lingers: 10_000,
  client: (port) => new native.Client(at(port)),
  check: (client) => postgresCheck(client, { connectTimeout: 2000 }),
  use: async (client) => {
    await client.connect()
    await client.query('SELECT 1')
  },
  end: (client) => client.end()
})

test("pg.native: the app's pool lends a connection, and takes back what the server has ended", {
  skip
}, async (t) => {
  const { port } = await server()
  const pool = new native.Pool({ ...at(port), max: 1 }).on('error', () => {})
  t.teardown(() => pool.end())
  const check = postgresCheck(pool, { connection: 'pool', query: 'SELECT pg_sleep(60)', timeout: 300 })
  t.match((await drive(check)).err, { code: '57014' }, 'the server ends a slow query by itself')
  const fine = postgresCheck(pool, { connection: 'pool' })
  t.match(await drive(fine), { err: undefined, messages: [] })
  const admin = new pg.Client(at(port))
  await admin.connect()
  await admin.query('SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE pid <> pg_backend_pid()')
  await admin.end()
  // pg-native may not notice that an idle connection has ended: then the run times out, and the pool loses it.
  await until(async () => (await drive(fine, 2000)).err === undefined, 'the pool makes a new one', 60_000)
})

test('pg.native: a connection that was destroyed while it is made ends once it is made; the next one waits for it', {
  skip
}, async (t) => {
  const proxy = await FaultProxy.create((await server()).port)
  t.teardown(() => proxy.close())
  const pool = new native.Pool(at(proxy.port)).on('error', () => {})
  t.teardown(() => pool.end())
  const check = postgresCheck(pool, { connectTimeout: 20_000 })
  await proxy.set('drip')
  for (let i = 0; i < 2; i++) t.match((await drive(check, 100)).err, { message: 'timed out' })
  t.strictSame([proxy.accepted, proxy.open], [1, 1], 'one thread of libuv is taken, not two')
  await until(() => proxy.open === 0, 'it ends when it is made', 60_000)

  await proxy.set('hang')
  t.match((await drive(check, 100)).err, { message: 'timed out' })
  const next = drive(check)
  await sleep(100)
  await proxy.set('pass')
  t.match(await next, { err: undefined, messages: [] })
  await check.close?.()
})
