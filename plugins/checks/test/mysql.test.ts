import { join } from 'node:path'
import { FaultProxy } from '@dockerflow/testing/fault-proxy'
import { MariadbServer, withoutMariadb } from '@dockerflow/testing/mariadb'
import mariadb from 'mariadb'
import mysql from 'mysql2'
import mysqlPromise from 'mysql2/promise'
import { type Test, test } from 'tap'
import { type MysqlClient, mysqlCheck } from '../src/mysql.ts'
import { canary, drive, networked, shared, until } from './suite.ts'

const skip = withoutMariadb()
const server = shared(() => MariadbServer.create(canary))
const at = (port: number) => ({ host: '127.0.0.1', port, user: 'demo', password: canary, database: 'demo' })

async function sessions(server: MariadbServer): Promise<number> {
  const connection = await mysqlPromise.createConnection(at(server.port))
  const [rows] = await connection.query('SHOW PROCESSLIST')
  await connection.end()
  return (rows as { User: string }[]).filter(({ User }) => User === 'demo').length - 1
}

networked('a pool of mysql2', {
  skip,
  server,
  sessions,
  client: (port) => mysql.createPool(at(port)),
  check: (pool) => mysqlCheck(pool),
  use: (pool) => pool.promise().query('SELECT 1'),
  end: (pool) => pool.promise().end()
})

networked('a pool of mysql2/promise', {
  skip,
  server,
  sessions,
  client: (port) => mysqlPromise.createPool(at(port)),
  check: (pool) => mysqlCheck(pool),
  use: (pool) => pool.query('SELECT 1'),
  end: (pool) => pool.end()
})

networked('a pool of mariadb', {
  skip,
  server,
  sessions,
  client: (port) => {
    const config = { ...at(port), minimumIdle: 0, initializationTimeout: 200 }
    return { pool: mariadb.createPool(config), config }
  },
  check: ({ pool, config }) => mysqlCheck(pool, { driver: mariadb, config }),
  use: ({ pool }) => pool.query('SELECT 1'),
  end: ({ pool }) => pool.end()
})

async function start(t: Test): Promise<[MariadbServer, FaultProxy]> {
  const running = await server()
  const proxy = await FaultProxy.create(running.port)
  t.teardown(() => proxy.close())
  return [running, proxy]
}

const saturated = [{ level: 30, id: 'dockerflow.health.W002', message: "the app's pool is saturated" }]
const well = { err: undefined, messages: [], timedOut: false }

test('a connection of mysql2 is left alone', { skip }, async (t) => {
  const [server, proxy] = await start(t)
  for (const connection of [
    mysql.createConnection(at(proxy.port)),
    await mysqlPromise.createConnection(at(proxy.port))
  ]) {
    const check = mysqlCheck(connection)
    const before = proxy.accepted
    t.match(await drive(check), well)
    t.equal(proxy.accepted, before + 1)
    await proxy.set('hang')
    t.match(await drive(check, 100), { timedOut: true, wedged: false })
    await proxy.set('pass')
    t.match(await drive(check), well)
    await check.close?.()
    connection.destroy()
  }
  await until(async () => (await sessions(server)) === 0, 'the server sees no session')
})

test('mysql2: a saturated pool is a warning, and its connections are left alone', { skip }, async (t) => {
  const [server] = await start(t)
  const pool = mysqlPromise.createPool({ ...at(server.port), connectionLimit: 1 })
  const check = mysqlCheck(pool)
  const taken = await pool.getConnection()
  t.match(await drive(check), well)
  const waits = pool.getConnection()
  t.match((await drive(check)).messages, saturated)
  taken.release()
  const next = await waits
  next.release()
  t.match(await drive(check), well)
  await check.close?.()
  await pool.end()
})

test('mariadb: a saturated pool is a warning, and its connections are left alone', { skip }, async (t) => {
  const [server] = await start(t)
  const config = `mariadb://demo:${canary}@127.0.0.1:${server.port}/demo?connectionLimit=1`
  const pool = mariadb.createPool(config)
  const check = mysqlCheck(pool, { driver: mariadb, config })
  const taken = await pool.getConnection()
  t.match(await drive(check), well)
  const waits = pool.getConnection()
  t.match((await drive(check)).messages, saturated)
  await taken.release()
  await (await waits).release()
  t.match(await drive(check), well)
  await check.close?.()
  await pool.end()
})

test('a server of which the socket is known', { skip }, async (t) => {
  const [server] = await start(t)
  const config = { ...at(server.port), socketPath: join(server.folder, 'socket') }
  const pool = mysql.createPool(config)
  const check = mysqlCheck(pool)
  t.match((await drive(check)).err, { code: 'ER_ACCESS_DENIED_ERROR' }, 'demo may come by TCP alone')
  await check.close?.()
  await pool.promise().end()
})

test('connection: "pool" leaves the pool intact after 100 timeouts', { skip }, async (t) => {
  const [, proxy] = await start(t)
  const pools: Record<string, () => { pool: MysqlClient; use(): Promise<unknown>; end(): Promise<void> }> = {
    mysql2() {
      const pool = mysqlPromise.createPool({ ...at(proxy.port), connectionLimit: 2 })
      return { pool, use: () => pool.query('SELECT 1'), end: () => pool.end() }
    },
    mariadb() {
      const pool = mariadb.createPool({ ...at(proxy.port), connectionLimit: 2, acquireTimeout: 500 })
      return { pool, use: () => pool.query('SELECT 1'), end: () => pool.end() }
    }
  }
  for (const [name, make] of Object.entries(pools)) {
    await proxy.set('pass')
    const { pool, use, end } = make()
    const check = mysqlCheck(pool, { connection: 'pool' })
    t.match(await drive(check), well, name)
    await proxy.set('hang')
    for (let i = 0; i < 100; i++) await drive(check, 5)
    t.not((await drive(check, 5)).err, undefined, 'the check fails')
    await proxy.set('reset')
    await proxy.set('pass')
    await until(async () => (await drive(check)).err === undefined, `${name} recovers`, 20_000)
    t.ok(await use())
    await check.close?.()
    await end()
  }
})

test('a client or option that can not work is refused while the check is built', async (t) => {
  const pool = mariadb.createPool({ ...at(1), minimumIdle: 0 })
  t.throws(() => mysqlCheck(pool), {
    code: 'DOCKERFLOW_CHECKS_INVALID_OPTION',
    message:
      '@dockerflow/checks: option "driver" of mysqlCheck and "config" are needed for a connection of the check\'s own beside a pool of mariadb'
  })
  t.throws(() => mysqlCheck(pool, { driver: {} as never, config: 'mariadb://localhost' }), {
    message: '@dockerflow/checks: option "driver" of mysqlCheck must be the module mariadb'
  })
  t.throws(() => mysqlCheck(pool, { driver: mariadb, config: 7 as never }), {
    message:
      '@dockerflow/checks: option "config" of mysqlCheck must be what createPool() of mariadb was given'
  })
  await pool.end()
  const connection = mysql.createConnection(at(1)).on('error', () => {})
  t.throws(() => mysqlCheck(connection, { connection: 'pool' }), {
    code: 'DOCKERFLOW_CHECKS_INVALID_CLIENT',
    message: '@dockerflow/checks: mysqlCheck must be given a pool, to borrow from'
  })
  connection.destroy()
  for (const wrong of [undefined, null, 'mysql://demo:secret@db', {}, 7]) {
    t.throws(() => mysqlCheck(wrong as never), {
      code: 'DOCKERFLOW_CHECKS_INVALID_CLIENT',
      message:
        '@dockerflow/checks: mysqlCheck must be given a pool, a cluster of pools or a connection of mysql2, or a pool of mariadb'
    })
  }
})
