import { once } from 'node:events'
import { connect, type Socket } from 'node:net'
import { hasMembers } from '@dockerflow/kit/options'
import type { PostgresConnection, Rows } from './pg.ts'

/** The `sql` of `postgres`, as far as the check uses it. */
export interface PostgresSql {
  readonly options: object
  unsafe(text: string): PromiseLike<unknown>
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

/** Makes a connection to each of the app's servers the way the app does, not yet open. */
export function postgresJsConnections(
  app: PostgresSql,
  driver: PostgresJs
): ((lost: () => void) => PostgresConnection)[] {
  const { host, port } = app.options as Options
  return host.map((name, i) => (lost) => connection(app, driver, name, port[i] as number, lost))
}

function connection(
  app: PostgresSql,
  driver: PostgresJs,
  host: string,
  port: number,
  lost: () => void
): PostgresConnection {
  const { path } = app.options as Options
  let socket: Socket | undefined
  let destroyed = false
  const options = {
    ...app.options,
    host: [host],
    port: [port],
    shared: { retries: 0, typeArrayMap: {} },
    max: 1,
    fetch_types: false, // a query of its own, for types that aren't used
    idle_timeout: null,
    max_lifetime: null,
    onclose: lost,
    // A socket of ours: one that hangs is out of reach of end().
    async socket() {
      // The driver would connect again, and again, where a connection ends while it is made.
      if (destroyed || socket) throw new Error('the connection ended while it was made')
      socket = path ? connect(path) : connect(port, host)
      await once(socket, 'connect')
      return Object.assign(socket, { host }) // whose name the driver verifies the certificate with
    }
  }
  const sql = driver(options as never)
  return {
    open: async () => sql.unsafe('SELECT 1'),
    query: async (text) => (await sql.unsafe(text)) as Rows,
    destroy() {
      destroyed = true
      // Not end(), which would write a farewell to a TLS socket that has just lost what it stands on.
      socket?.on('error', ignore).destroy(new Error('destroyed by the check'))
    }
  }
}
