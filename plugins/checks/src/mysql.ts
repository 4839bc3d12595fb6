import type { Socket } from 'node:net'
import type { CheckMessage, CheckOptions } from '@dockerflow/heartbeat'
import { boolean, hasMembers, oneOf, text } from '@dockerflow/kit/options'
import { borrowConnection } from './lib/borrow-connection.ts'
import { defineCheck } from './lib/define-check.ts'
import { type Mariadb, mariadb } from './lib/drivers/mariadb.ts'
import { isReadOnly, type MysqlDriver, type Open, type Session, socketTo } from './lib/drivers/mysql.ts'
import { mysql2 } from './lib/drivers/mysql2.ts'
import { DOCKERFLOW_CHECKS_INVALID_CLIENT, DOCKERFLOW_CHECKS_INVALID_OPTION } from './lib/errors.ts'
import { ageInMs, type KeepOptions } from './lib/keep-connection.ts'
import { type Candidate, keepOneOf } from './lib/keep-one-of.ts'
import { poolSaturated, readOnly } from './lib/messages.ts'

/**
 * A pool, a cluster of pools, a part of one (`cluster.of(pattern)`) or a connection of `mysql2` or `mysql2/promise`,
 * or a pool of `mariadb`.
 */
export type MysqlClient = { query(...args: never[]): unknown } | { getConnection(...args: never[]): unknown }

/** The options of `mysqlCheck`, beside the engine's. */
export interface MysqlCheckOptions extends CheckOptions, KeepOptions {
  /**
   * Whether a read-only server fails the check; else that is an info.
   * @default false
   */
  writable?: boolean | undefined
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

/** A connection to one server, on a socket of the check's own. */
function candidate(open: Open, messages: (answer: Promise<unknown>) => Promise<CheckMessage[]>): Candidate {
  return (lost) => {
    let socket: Socket | undefined
    let session: Session | undefined
    return {
      async open() {
        session = await open((address) => (socket = socketTo(address)))
        session.on('error', lost)
        session.on('end', lost)
      },
      ask: () => messages((session as Session).ask()),
      destroy: () => socket?.destroy()
    }
  }
}

/**
 * A check of MySQL or MariaDB: whether it answers, and whether it is read-only.
 * Throws DOCKERFLOW_CHECKS_INVALID_CLIENT or DOCKERFLOW_CHECKS_INVALID_OPTION.
 */
export const mysqlCheck = defineCheck<MysqlClient, MysqlCheckOptions>({
  name: 'mysqlCheck',
  client: {
    accepts: (value) => (mysql2(value) ?? mariadb(value)) !== undefined,
    expected: 'a pool, a cluster of pools or a connection of mysql2, or a pool of mariadb'
  },
  options: {
    writable: boolean,
    connection: oneOf('own', 'pool'),
    maxAge: ageInMs,
    driver: {
      accepts: (value) => hasMembers(value) && typeof value.createConnection === 'function',
      expected: 'the module mariadb'
    },
    config: {
      accepts: (value) => text.accepts(value) || hasMembers(value),
      expected: 'what createPool() of mariadb was given'
    }
  },
  closed: (client) => (mysql2(client) ?? (mariadb(client) as MysqlDriver)).closed,
  build(client, { writable = false, connection = 'own', maxAge, connectTimeout, driver, config }) {
    const { servers, pool } = (mysql2(client) ?? mariadb(client, driver, config)) as MysqlDriver
    const messages = async (answer: Promise<unknown>) =>
      (await isReadOnly(answer)) ? [readOnly(writable)] : []
    if (connection === 'pool') {
      if (!pool) throw new DOCKERFLOW_CHECKS_INVALID_CLIENT('mysqlCheck', 'a pool, to borrow from')
      const { lender } = pool
      return borrowConnection({ ...lender, ask: (borrowed) => messages(lender.ask(borrowed)) })
    }
    if (!servers) {
      throw new DOCKERFLOW_CHECKS_INVALID_OPTION(
        'driver',
        'mysqlCheck',
        'and "config" are needed for a connection of the check\'s own beside a pool of mariadb'
      )
    }
    const withSaturation = async (answer: Promise<unknown>) => [
      ...(await messages(answer)),
      ...(pool?.saturated() ? [poolSaturated()] : [])
    ]
    return keepOneOf(() => servers().map((open) => candidate(open, withSaturation)), {
      connectTimeout,
      maxAge
    })
  }
})
