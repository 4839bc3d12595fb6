import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { FaultProxy } from '@dockerflow/testing/fault-proxy'
import { MariadbServer, withoutMariadb } from '@dockerflow/testing/mariadb'
import { PostgresServer, withoutPostgres } from '@dockerflow/testing/postgres'
import { freePort } from '@dockerflow/testing/programs'
import { RedisServer, withoutRedis } from '@dockerflow/testing/redis'
import { Redis } from 'ioredis'
import mariadb from 'mariadb'
import mysql from 'mysql2'
import mysqlPromise from 'mysql2/promise'
import pg from 'pg'
import postgres from 'postgres'
import { createClientPool, createSentinel } from 'redis'
import { test } from 'tap'
import { mysqlCheck } from '../src/mysql.ts'
import { postgresCheck } from '../src/postgres.ts'
import { redisCheck } from '../src/redis.ts'
import { canary, drive, ok, until } from './drive.ts'
import { shared } from './suite.ts'

const host = '127.0.0.1'
const ignore = () => {}
const well = { err: undefined, messages: [] }
const readOnly = { level: 40, id: 'dockerflow.health.E002', message: 'the server is read-only' }
const replica = { level: 20, id: 'dockerflow.health.I002', message: 'the server is a read-only replica' }
const saturated = { level: 30, id: 'dockerflow.health.W002', message: "the app's pool is saturated" }
/** A client of `postgres` with a server at each of these ports. */
const sqlOf = (ports: number[], options: object = {}) =>
  postgres(`postgres://demo:${canary}@${ports.map((port) => `${host}:${port}`).join()}/postgres`, {
    max: 1,
    ...options
  })
const database = shared(() => PostgresServer.create(canary))
const other = shared(() => MariadbServer.create(canary))

test('postgres: a host that is dead, and one that hangs', { skip: withoutPostgres() }, async (t) => {
  const { port } = await database()
  const hung = await FaultProxy.create(port)
  t.teardown(() => hung.close())
  await hung.set('hang')
  const dead = await freePort()
  for (const [what, first] of Object.entries({ dead, hung: hung.port })) {
    const sql = sqlOf([first, port])
    const check = postgresCheck(sql, { driver: postgres, connectTimeout: 2000 })
    t.match(await drive(check), well, what)
    t.match(await drive(check), well, what)
    await check.close?.()
    await sql.end()
  }
  const none = sqlOf([dead, dead])
  const check = postgresCheck(none, { driver: postgres })
  t.match((await drive(check)).err, { code: 'ECONNREFUSED' })
  await check.close?.()
})

test('postgres: target_session_attrs is kept to', { skip: withoutPostgres() }, async (t) => {
  const standby = await PostgresServer.create(canary)
  t.teardown(() => standby.remove())
  const admin = new pg.Client({ connectionString: standby.url })
  await admin.connect()
  await admin.query("COPY (SELECT 1) TO PROGRAM 'touch standby.signal'")
  await admin.end()
  await standby.stop()
  await standby.start()
  const { port } = await database()
  const target_session_attrs = 'primary'
  const sql = sqlOf([standby.port, port], { target_session_attrs })
  const check = postgresCheck(sql, { driver: postgres, writable: true })
  t.match(await drive(check), well)
  await check.close?.()
  const only = sqlOf([standby.port], { target_session_attrs })
  const fails = postgresCheck(only, { driver: postgres })
  t.match((await drive(fails)).err, { code: 'CONNECTION_DESTROYED' })
  await fails.close?.()

  // Without it the app takes the first that answers; for a check that asks for writes, that is not enough.
  const any = sqlOf([standby.port, port])
  const writes = postgresCheck(any, { driver: postgres, writable: true })
  t.match(await drive(writes), well, 'the next server is asked')
  await writes.close?.()
})

test('mysql2: a cluster of pools, and part of one', { skip: withoutMariadb() }, async (t) => {
  const { port } = await other()
  const login = { host, user: 'demo', password: canary, connectionLimit: 1 }
  for (const create of [mysql.createPoolCluster, mysqlPromise.createPoolCluster]) {
    const cluster = create({ removeNodeErrorCount: 100 })
    cluster.add('PRIMARY', { ...login, port: await freePort() })
    cluster.add('REPLICA', { ...login, port })
    const check = mysqlCheck(cluster)
    t.match(await drive(check), well, 'the next node is asked')
    t.match(await drive(check), well)
    await check.close?.()
    const part = mysqlCheck(cluster.of('PRIMARY'))
    t.match((await drive(part)).err, { code: 'ECONNREFUSED' })
    const unknown = mysqlCheck(cluster.of('NONE'))
    t.match((await drive(unknown)).err, { code: 'NO_SERVER' })
    const borrows = mysqlCheck(cluster.of('REPLICA'), { connection: 'pool' })
    t.match(await drive(borrows), well)
    await new Promise((resolve) => void Promise.resolve(cluster.end(resolve)).then(resolve))
  }
})

test('MariaDB: a read-only server is an info, and an error where the app writes, until it takes writes', {
  skip: withoutMariadb()
}, async (t) => {
  const { port } = await other()
  const config = { host, port, user: 'demo', password: canary }
  const admin = await mysqlPromise.createConnection(config)
  t.teardown(() => admin.end())
  const pool = mysqlPromise.createPool({ ...config, rowsAsArray: true })
  t.teardown(() => pool.end())
  const second = mariadb.createPool({ ...config, minimumIdle: 0 })
  t.teardown(() => second.end())
  const checks = (options: { writable?: boolean }) => [
    mysqlCheck(pool, options),
    mysqlCheck(pool, { ...options, connection: 'pool' }),
    mysqlCheck(second, { ...options, driver: mariadb, config })
  ]
  const [reading, writing] = [checks({}), checks({ writable: true })]
  for (const check of [...reading, ...writing]) t.match(await drive(check), well)
  await admin.query('SET GLOBAL read_only = 1')
  for (const check of reading) t.strictSame((await drive(check)).messages, [replica])
  for (const check of writing) t.strictSame((await drive(check)).messages, [readOnly])
  await admin.query('SET GLOBAL read_only = 0')
  for (const check of [...reading, ...writing]) {
    t.match(await drive(check), well)
    await check.close?.()
  }
})

test('redis: a pool of clients', { skip: withoutRedis() }, async (t) => {
  const server = await RedisServer.create(canary)
  t.teardown(() => server.remove())
  const pool = createClientPool(
    { password: canary, socket: { port: server.port } },
    { minimum: 1, maximum: 1 }
  )
  pool.on('error', ignore)
  await pool.connect()
  const check = redisCheck(pool)
  t.match(await drive(check), well)
  const { promise, resolve } = Promise.withResolvers<void>()
  const taken = pool.execute(() => promise)
  const waits = pool.ping()
  t.strictSame((await drive(check)).messages, [saturated], "the check doesn't wait for the pool")
  resolve()
  await Promise.all([taken, waits])
  t.match(await drive(check), well)
  await check.close?.()
  await pool.close()
})

test('redis: the master that sentinels know, also after a failover', { skip: withoutRedis() }, async (t) => {
  const [one, two] = [await RedisServer.create(''), await RedisServer.create('')]
  t.teardown(() => Promise.all([one.remove(), two.remove()]))
  const admin = async ({ port }: { port: number }, ...command: [string, ...string[]]) => {
    const client = new Redis(port, host)
    await client.call(...command)
    client.disconnect()
  }
  await admin(two, 'REPLICAOF', host, `${one.port}`)
  const port = await freePort()
  const file = join(one.folder, 'sentinel.conf')
  const settings = [`port ${port}`, `bind ${host}`, `sentinel monitor mymaster ${host} ${one.port} 1`]
  await writeFile(file, `${settings.join('\n')}\n`)
  const process = spawn('redis-server', [file, '--sentinel'], { cwd: one.folder, stdio: 'ignore' })
  t.teardown(async () => {
    const exit = once(process, 'exit')
    process.kill('SIGKILL')
    await exit
  })
  await until(
    async () => {
      const client = new Redis(port, host, { retryStrategy: () => null }).on('error', ignore)
      const replicas = await client.call('SENTINEL', 'REPLICAS', 'mymaster').catch(() => [])
      client.disconnect()
      return (replicas as unknown[]).length === 1
    },
    'the sentinel knows both',
    60_000
  )

  const sentinel = createSentinel({ name: 'mymaster', sentinelRootNodes: [{ host, port }] }).on(
    'error',
    ignore
  )
  await sentinel.connect()
  const io = new Redis({ sentinels: [{ host, port }], name: 'mymaster' }).on('error', ignore)
  const checks = [redisCheck(sentinel, { writable: true }), redisCheck(io, { writable: true })]
  for (const check of checks) t.match(await drive(check), well)
  await admin({ port }, 'SENTINEL', 'FAILOVER', 'mymaster')
  for (const check of checks) {
    await until(async () => ok(await drive(check)), 'the check finds the new master', 60_000)
  }
  await until(async () => (await sentinel.set('key', 'value')) === 'OK', 'as the app does', 60_000)
  for (const check of checks) await check.close?.()
  io.disconnect()
  await sentinel.close()
})
