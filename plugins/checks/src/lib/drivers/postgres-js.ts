import { once } from 'node:events'
import { connect, type Socket } from 'node:net'
import { hasMembers } from '@dockerflow/kit/options'
import type { PostgresConnection, Rows } from './pg.ts'

/** The `sql` of `postgres`, as far as the check uses it. */
export interface PostgresSql {
  readonly options: object
  unsafe(text: string): PromiseLike<unknown>
  end(options: { timeout: number }): Promise<unknown>
}

/** The function that makes one: the default export of `postgres`. */
export type PostgresJs = (options: never) => PostgresSql

interface Options {
  readonly host: string[]
  readonly port: number[]
  readonly path?: string | false
}

export const isPostgresSql = (value: unknown): value is PostgresSql =>
  typeof value === 'function' && hasMembers(value) && typeof value.unsafe === 'function'

const ignore = () => {}

/** A connection the way the app makes them, not yet open; `lost` is called when it ends by itself. */
export function postgresJsConnection(
  app: PostgresSql,
  driver: PostgresJs,
  lost: () => void
): PostgresConnection {
  const { host, port, path } = app.options as Options
  let socket: Socket | undefined
  const options = {
    ...app.options,
    shared: { retries: 0, typeArrayMap: {} },
    max: 1,
    fetch_types: false, // a query of its own, for types that aren't used
    idle_timeout: null,
    max_lifetime: null,
    onclose: lost,
    // A socket of ours: one that hangs is out of reach of end().
    async socket() {
      socket = path ? connect(path) : connect(port[0] as number, host[0])
      await once(socket, 'connect')
      return socket
    }
  }
  const sql = driver(options as never)
  return {
    open: async () => sql.unsafe('SELECT 1'),
    query: async (text) => (await sql.unsafe(text)) as Rows,
    destroy() {
      // Without an error the driver would try to connect again.
      socket?.on('error', ignore).destroy(new Error('destroyed by the check'))
      sql.end({ timeout: 0 }).catch(ignore)
    }
  }
}
