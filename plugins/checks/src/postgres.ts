import type { CheckMessage, CheckOptions } from '@dockerflow/heartbeat'
import { borrowConnection } from './lib/borrow-connection.ts'
import { defineCheck } from './lib/define-check.ts'
import { DOCKERFLOW_CHECKS_INVALID_CLIENT } from './lib/errors.ts'
import { keepConnection } from './lib/keep-connection.ts'
import { poolSaturated, readOnly } from './lib/messages.ts'
import { boolean, hasMembers, oneOf, text } from './lib/rules.ts'

/** A `Pool` of `pg`, as far as the check uses it. */
export interface PgPool {
  readonly options: object
  readonly totalCount: number
  readonly idleCount: number
  readonly waitingCount: number
  connect(): Promise<{ query(text: string): Promise<unknown>; release(destroy: boolean): void }>
}

/** A `Client` of `pg`, as far as the check uses it. */
export interface PgClient {
  readonly host: string
  readonly port: number
  connect(): Promise<unknown>
  query(text: string): Promise<unknown>
}

/** The options of `postgresCheck`, beside the engine's. */
export interface PostgresCheckOptions extends CheckOptions {
  /**
   * SQL to run beside the check's own. It must only not fail; the server ends it after `timeout`.
   * @default none
   */
  query?: string
  /**
   * Whether a server that takes no writes fails the check; else that is an info.
   * @default false
   */
  writable?: boolean
  /**
   * `pool` borrows a connection of the app's pool: the check then also fails when the pool has none to give.
   * @default 'own'
   */
  connection?: 'own' | 'pool'
}

// What the types of pg don't show.
interface Internals extends PgClient {
  readonly connection: { readonly stream: { destroy(): void } }
  readonly connectionParameters: object
  readonly password: unknown
  readonly ssl: unknown
  on(event: 'error' | 'end', listener: () => void): unknown
}
type Pool = PgPool & { readonly Client: new (config: object) => Internals }

const isPool = (value: unknown): value is Pool =>
  hasMembers(value) && typeof value.Client === 'function' && hasMembers(value.options)

const isClient = (value: unknown): value is Internals =>
  hasMembers(value) && typeof value.query === 'function' && hasMembers(value.connectionParameters)

/** A client of the check's own, to the server of the app's. */
function likeTheApps(app: PgPool | PgClient): Internals {
  // `password` isn't enumerable, hence not in the copy.
  if (isPool(app)) {
    const { password } = app.options as { password?: unknown }
    return new app.Client({ ...app.options, password })
  }
  const { connectionParameters, password, ssl } = app as Internals
  return new (app.constructor as Pool['Client'])({ ...connectionParameters, password, ssl })
}

function saturation(app: PgPool | PgClient): CheckMessage[] {
  if (!isPool(app) || app.waitingCount === 0 || app.idleCount > 0) return []
  return [poolSaturated()]
}

/**
 * A check of PostgreSQL: whether it answers, and whether it is in recovery. It sends
 * `SET LOCAL statement_timeout = …; SELECT pg_is_in_recovery()`, and `query`.
 * Throws DOCKERFLOW_CHECKS_INVALID_CLIENT or DOCKERFLOW_CHECKS_INVALID_OPTION.
 */
export const postgresCheck = defineCheck<PgPool | PgClient, PostgresCheckOptions>({
  name: 'postgresCheck',
  client: {
    accepts: (value) => isPool(value) || isClient(value),
    expected: 'a Pool or a Client of pg'
  },
  options: { query: text, writable: boolean, connection: oneOf('own', 'pool') },
  build(app, { query, writable = false, connection = 'own', timeout = 2000 }) {
    // One message to the server: its statements are one transaction, so the setting ends with it, also behind
    // a proxy that shares connections.
    const sql = [
      `SET LOCAL statement_timeout = ${Number(timeout)}`,
      'SELECT pg_is_in_recovery() AS recovery',
      ...(query === undefined ? [] : [query])
    ].join('; ')
    const ask = async (client: { query(text: string): Promise<unknown> }): Promise<CheckMessage[]> => {
      const results = (await client.query(sql)) as { rows: { recovery: boolean }[] }[]
      return results[1]?.rows[0]?.recovery ? [readOnly(writable)] : []
    }
    if (connection === 'pool') {
      if (!isPool(app))
        throw new DOCKERFLOW_CHECKS_INVALID_CLIENT('postgresCheck with connection: "pool"', 'a Pool')
      return borrowConnection({
        acquire: () => app.connect(),
        ask: (client): Promise<CheckMessage[]> => ask(client),
        release: (client) => client.release(false),
        destroy: (client) => client.release(true)
      })
    }
    return keepConnection((lost) => {
      const client = likeTheApps(app)
      client.on('error', lost)
      client.on('end', lost)
      return {
        open: () => client.connect(),
        ask: async () => [...(await ask(client)), ...saturation(app)],
        destroy: () => client.connection.stream.destroy()
      }
    })
  }
})
