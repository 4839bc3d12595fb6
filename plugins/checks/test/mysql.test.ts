import { MariadbServer, withoutMariadb } from '@dockerflow/testing/mariadb'
import mariadb from 'mariadb'
import mysql from 'mysql2'
import mysqlPromise from 'mysql2/promise'
import { mysqlCheck } from '../src/mysql.ts'
import { canary, networked } from './suite.ts'

const skip = withoutMariadb()
const server = () => MariadbServer.create(canary)
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
