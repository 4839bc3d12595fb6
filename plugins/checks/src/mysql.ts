import type { Socket } from 'node:net'
import type { CheckOptions } from '@dockerflow/heartbeat'
import { hasMembers, oneOf, text } from '@dockerflow/kit/options'
import { borrowConnection } from './lib/borrow-connection.ts'
import { defineCheck } from './lib/define-check.ts'
import { type Mariadb, mariadb } from './lib/drivers/mariadb.ts'
import { type MysqlDriver, socketTo } from './lib/drivers/mysql.ts'
import { mysql2 } from './lib/drivers/mysql2.ts'
import { DOCKERFLOW_CHECKS_INVALID_CLIENT, DOCKERFLOW_CHECKS_INVALID_OPTION } from './lib/errors.ts'
import { keepConnection } from './lib/keep-connection.ts'
import { poolSaturated } from './lib/messages.ts'

/** A pool or a connection of `mysql2` or `mysql2/promise`, or a pool of `mariadb`. */
export interface MysqlClient {
  query(...args: never[]): unknown
  end(...args: never[]): unknown
}

/** The options of `mysqlCheck`, beside the engine's. */
export interface MysqlCheckOptions extends CheckOptions {
  /**
   * `pool` borrows a connection of the app's pool: the check then also fails when the pool has none to give.
   * @default 'own'
   */
  connection?: 'own' | 'pool' | undefined
  /**
   * The module `mariadb`. A pool of `mariadb` doesn't tell how it connects: so that the check can have a
   * connection of its own beside it, this and `config` are needed.
   * @default none
   */
  driver?: Mariadb | undefined
  /**
   * What that pool was made with: an object or a URL.
   * @default none
   */
  config?: object | string | undefined
}

/**
 * A check of MySQL or MariaDB: whether it answers `SELECT 1`.
 * Throws DOCKERFLOW_CHECKS_INVALID_CLIENT or DOCKERFLOW_CHECKS_INVALID_OPTION.
 */
export const mysqlCheck = defineCheck<MysqlClient, MysqlCheckOptions>({
  name: 'mysqlCheck',
  client: {
    accepts: (value) => (mysql2(value) ?? mariadb(value)) !== undefined,
    expected: 'a pool or a connection of mysql2, or a pool of mariadb'
  },
  options: {
    connection: oneOf('own', 'pool'),
    driver: {
      accepts: (value) => hasMembers(value) && typeof value.createConnection === 'function',
      expected: 'the module mariadb'
    },
    config: {
      accepts: (value) => text.accepts(value) || hasMembers(value),
      expected: 'what createPool() of mariadb was given'
    }
  },
  build(client, { connection = 'own', driver, config }) {
    const { open, pool } = (mysql2(client) ?? mariadb(client, driver, config)) as MysqlDriver
    if (connection === 'pool') {
      if (!pool) throw new DOCKERFLOW_CHECKS_INVALID_CLIENT('mysqlCheck', 'a pool, to borrow from')
      return borrowConnection(pool.lender)
    }
    if (!open) {
      throw new DOCKERFLOW_CHECKS_INVALID_OPTION(
        'driver',
        'mysqlCheck',
        'and "config" are needed for a connection of the check\'s own beside a pool of mariadb'
      )
    }
    return keepConnection((lost) => {
      let socket: Socket | undefined
      let session: { ask(): Promise<unknown> } | undefined
      return {
        async open() {
          const opened = await open((address) => (socket = socketTo(address)))
          opened.on('error', lost)
          opened.on('end', lost)
          session = opened
        },
        async ask() {
          await session?.ask()
          return pool?.saturated() ? [poolSaturated()] : []
        },
        destroy: () => socket?.destroy()
      }
    })
  }
})
