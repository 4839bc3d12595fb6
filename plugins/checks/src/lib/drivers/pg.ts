import { hasMembers } from '@dockerflow/kit/options'

/** The rows of each statement. */
export type Rows = unknown[][]

/** A connection of `pg` or of `postgres` that belongs to the check. */
export interface PostgresConnection {
  open(): Promise<unknown>
  /** Sends all statements in one message. */
  query(text: string): Promise<Rows>
  destroy(): void
}

interface Client {
  readonly connection: { readonly stream: { destroy(): void } }
  readonly connectionParameters: object
  readonly password: unknown
  readonly ssl: unknown
  connect(): Promise<unknown>
  query(text: string): Promise<unknown>
  on(event: 'error' | 'end', listener: () => void): unknown
  off(event: 'error', listener: () => void): unknown
  release(destroy: boolean): void
}
interface Pool {
  readonly Client: new (config: object) => Client
  readonly options: { readonly password?: unknown }
  readonly idleCount: number
  readonly waitingCount: number
  connect(): Promise<Client>
}

export const isPgPool = (value: unknown): value is Pool =>
  hasMembers(value) && typeof value.Client === 'function' && hasMembers(value.options)

export const isPgClient = (value: unknown): value is Client =>
  hasMembers(value) && typeof value.query === 'function' && hasMembers(value.connectionParameters)

/** Sends all statements in one message. */
export async function pgQuery(client: Client, text: string): Promise<Rows> {
  const results = (await client.query(text)) as { rows: unknown[] }[]
  return results.map(({ rows }) => rows)
}

/** A connection the way the app makes them, not yet open; `lost` is called when it ends by itself. */
export function pgConnection(app: Pool | Client, lost: () => void): PostgresConnection {
  // `password` isn't enumerable in either: a copy alone would be without.
  const client = isPgPool(app)
    ? new app.Client({ ...app.options, password: app.options.password })
    : new (app.constructor as Pool['Client'])({
        ...app.connectionParameters,
        password: app.password,
        ssl: app.ssl
      })
  client.on('error', lost)
  client.on('end', lost)
  return {
    open: () => client.connect(),
    query: (text) => pgQuery(client, text),
    destroy: () => client.connection.stream.destroy()
  }
}
