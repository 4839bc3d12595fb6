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

/** A `Client` of `pg` or of `pg.native`. */
interface Client {
  readonly connectionParameters: { readonly ssl?: unknown; connect_timeout?: number | string }
  readonly password: unknown
  readonly ssl?: unknown
  /** `pg`: the socket. */
  readonly connection?: { readonly stream: { destroy(): void } }
  /** `pg.native`: libpq's connection. */
  readonly native?: { end(): void }
  readonly _ending: boolean
  readonly _ended?: boolean
  /** False for good once its connection has failed. */
  readonly _queryable: boolean
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
  readonly ending: boolean
  connect(): Promise<Client>
}

export const isPgPool = (value: unknown): value is Pool =>
  hasMembers(value) && typeof value.Client === 'function' && hasMembers(value.options)

export const isPgClient = (value: unknown): value is Client =>
  hasMembers(value) && typeof value.query === 'function' && hasMembers(value.connectionParameters)

/** Whether it was closed, or was cut off: neither connects again. */
export const isPgClosed = (app: Pool | Client): boolean =>
  isPgPool(app) ? app.ending === true : app._ending || app._ended === true || !app._queryable

/** Sends all statements in one message. */
export async function pgQuery(client: Client, text: string): Promise<Rows> {
  const results = (await client.query(text)) as { rows: unknown[] }[]
  return results.map(({ rows }) => rows)
}

const ignore = () => {}

function likeTheApps(app: Pool | Client): Client {
  // `password` isn't enumerable in either: a copy alone would be without.
  if (isPgPool(app)) return new app.Client({ ...app.options, password: app.options.password })
  const { connectionParameters, password, ssl = connectionParameters.ssl } = app
  return new (app.constructor as Pool['Client'])({ ...connectionParameters, password, ssl })
}

/** Makes connections the way the app does, not yet open; `lost` is called when one ends by itself. */
export function pgConnections(
  app: Pool | Client,
  connectTimeout: number
): (lost: () => void) => PostgresConnection {
  // libpq connects in one of libuv's four threads, which nothing but its own time-out can end. So the next
  // connection waits for the thread of the one before.
  let connecting: Promise<unknown> | undefined

  return (lost) => {
    const client = likeTheApps(app)
    client.on('error', lost)
    client.on('end', lost)
    const query = (text: string) => pgQuery(client, text)
    const { native } = client
    if (!native) {
      return {
        open: () => client.connect(),
        query,
        // Read now: the driver replaces the socket when TLS begins.
        destroy: () => client.connection?.stream.destroy()
      }
    }

    client.connectionParameters.connect_timeout = Math.ceil(connectTimeout / 1000)
    let state: 'new' | 'connecting' | 'open' | 'ended' = 'new'
    return {
      async open() {
        await connecting?.catch(ignore)
        if (state === 'ended') throw new Error('destroyed by the check')
        state = 'connecting'
        connecting = client.connect().then(
          () => {
            connecting = undefined
            if (state === 'ended') native.end()
            else state = 'open'
          },
          (err) => {
            connecting = undefined
            state = 'ended' // pg has ended it
            throw err
          }
        )
        await connecting
      },
      query,
      destroy() {
        const wasOpen = state === 'open'
        state = 'ended'
        // Not PQcancel(), which blocks the process until the server answers: `statement_timeout` ends the query.
        if (wasOpen) native.end()
      }
    }
  }
}
