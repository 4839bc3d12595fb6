import type { CheckMessage, CheckOptions } from '@dockerflow/heartbeat'
import { boolean, oneOf, text } from '@dockerflow/kit/options'
import { borrowConnection } from './lib/borrow-connection.ts'
import { defineCheck } from './lib/define-check.ts'
import {
  isPgClient,
  isPgClosed,
  isPgPool,
  type PostgresConnection,
  pgConnections,
  pgQuery,
  type Rows
} from './lib/drivers/pg.ts'
import {
  isPostgresSql,
  type PostgresJs,
  type PostgresSql,
  postgresJsConnections
} from './lib/drivers/postgres-js.ts'
import { DOCKERFLOW_CHECKS_INVALID_CLIENT, DOCKERFLOW_CHECKS_INVALID_OPTION } from './lib/errors.ts'
import { ageInMs, type KeepOptions } from './lib/keep-connection.ts'
import { type Candidate, keepOneOf } from './lib/keep-one-of.ts'
import { poolSaturated, readOnly } from './lib/messages.ts'

export type { PostgresSql }

const ignore = () => {}

/** A `Pool` of `pg`, as far as the check uses it. */
export interface PgPool {
  readonly options: object
  readonly idleCount: number
  readonly waitingCount: number
}

/** A `Client` of `pg`, as far as the check uses it. */
export interface PgClient {
  readonly host: string
  readonly port: number
  query(text: string): Promise<unknown>
}

/** The options of `postgresCheck`, beside the engine's. */
export interface PostgresCheckOptions extends CheckOptions, KeepOptions {
  /**
   * SQL to run beside the check's own. It must only not fail; the server ends it after `timeout`.
   * @default none
   */
  query?: string | undefined
  /**
   * Whether a server in recovery, which takes no writes, fails the check; else that is an info.
   * @default false
   */
  writable?: boolean | undefined
  /**
   * `pool` borrows a connection of the app's pool: the check then also fails when the pool has none to give.
   * @default 'own'
   */
  connection?: 'own' | 'pool' | undefined
  /**
   * The default export of `postgres`, needed beside a `sql` that it made: the check makes its own with it.
   * @default none
   */
  driver?: PostgresJs | undefined
}

/**
 * A check of PostgreSQL: whether it answers, and whether it is in recovery.
 * Throws DOCKERFLOW_CHECKS_INVALID_CLIENT or DOCKERFLOW_CHECKS_INVALID_OPTION.
 */
export const postgresCheck = defineCheck<PgPool | PgClient | PostgresSql, PostgresCheckOptions>({
  name: 'postgresCheck',
  client: {
    accepts: (value) => isPgPool(value) || isPgClient(value) || isPostgresSql(value),
    expected: 'a Pool or a Client of pg, or the sql of postgres'
  },
  options: {
    query: text,
    writable: boolean,
    maxAge: ageInMs,
    connection: oneOf('own', 'pool'),
    driver: { accepts: (value) => typeof value === 'function', expected: 'the default export of postgres' }
  },
  closed: (app) => () => !isPostgresSql(app) && isPgClosed(app as never),
  build(
    app,
    {
      query = '',
      writable = false,
      connection = 'own',
      timeout = 2000,
      connectTimeout = 5000,
      maxAge,
      driver
    }
  ) {
    // Sent as one message, which the server takes for one transaction: so the setting ends with it, also behind
    // a proxy that lets others use the same connection.
    const statements = `SET LOCAL statement_timeout = ${Number(timeout)}; SELECT pg_is_in_recovery() AS recovery; ${query}`
    const messages = ([, recovery]: Rows): CheckMessage[] => {
      const [row] = recovery as { recovery: boolean }[]
      return row?.recovery ? [readOnly(writable)] : []
    }
    const candidate =
      (connect: (lost: () => void) => PostgresConnection, saturated = () => false): Candidate =>
      (lost) => {
        const { open, query, destroy } = connect(lost)
        const ask = async () => [
          ...messages(await query(statements)),
          ...(saturated() ? [poolSaturated()] : [])
        ]
        return { open, ask, destroy }
      }
    const keep = (...candidates: Candidate[]) => keepOneOf(() => candidates, { connectTimeout, maxAge })

    if (connection === 'pool') {
      if (!isPgPool(app))
        throw new DOCKERFLOW_CHECKS_INVALID_CLIENT('postgresCheck', 'a Pool of pg, to borrow from')
      return borrowConnection({
        async acquire() {
          const client = await app.connect()
          // A borrowed client emits 'error' when its connection drops: without a listener that ends the process.
          client.on('error', ignore)
          return client
        },
        ask: async (client) => messages(await pgQuery(client, statements)),
        release(client) {
          client.off('error', ignore)
          client.release(false)
        },
        destroy: (client) => client.release(true)
      })
    }
    if (isPostgresSql(app)) {
      if (!driver) {
        throw new DOCKERFLOW_CHECKS_INVALID_OPTION(
          'driver',
          'postgresCheck',
          'is needed beside the sql of postgres'
        )
      }
      return keep(...postgresJsConnections(app, driver).map((connect) => candidate(connect)))
    }
    const connect = pgConnections(app as never, connectTimeout)
    return keep(candidate(connect, () => isPgPool(app) && app.waitingCount > 0 && app.idleCount === 0))
  }
})
