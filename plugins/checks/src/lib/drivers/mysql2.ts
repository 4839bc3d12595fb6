import type { Socket } from 'node:net'
import { hasMembers } from '@dockerflow/kit/options'
import type { Address, MysqlDriver, Session } from './mysql.ts'

// Pools and connections of mysql2 keep their configuration, password included, in `config`.
interface Connection {
  readonly config: Address
  readonly stream: Socket
  query(sql: string, done: Done<unknown>): unknown
  connect(done: Done<unknown>): void
  on(event: 'error' | 'end', listener: () => void): unknown
  release(): void
  destroy(): void
}
interface Pool {
  readonly config: { connectionConfig: Address }
  readonly _connectionQueue: { length: number }
  readonly _freeConnections: { length: number }
  getConnection(done: Done<Connection>): void
}
type Done<T> = (err: unknown, value: T) => void
type Constructor<T> = new (options: { config: object }) => T

const isPool = (value: unknown): value is Pool =>
  hasMembers(value) && hasMembers(value.config) && hasMembers(value.config.connectionConfig)

const isConnection = (value: unknown): value is Connection =>
  hasMembers(value) && hasMembers(value.config) && hasMembers(value.stream)

const called = <T>(start: (done: Done<T>) => void): Promise<T> =>
  new Promise((resolve, reject) => {
    start((err, value) => (err ? reject(err) : resolve(value)))
  })

const ask = (connection: Connection): Promise<unknown> => called((done) => connection.query('SELECT 1', done))

/** The configuration as another object of its class, with another `stream`. */
function withStream(config: Address, stream: (address: Address) => Socket): object {
  return Object.create(Object.getPrototypeOf(config), {
    ...Object.getOwnPropertyDescriptors(config),
    stream: { value: () => stream(config), enumerable: true }
  })
}

async function open(app: Pool | Connection, stream: (address: Address) => Socket): Promise<Session> {
  let connection: Connection
  if (isPool(app)) {
    // A pool's connections are of a class that only the pool can make: hence a pool of one.
    const connectionConfig = withStream(app.config.connectionConfig, stream)
    const config = { ...app.config, connectionConfig, connectionLimit: 1, maxIdle: 1 }
    const pool = new (app.constructor as Constructor<Pool>)({ config })
    connection = await called((done) => pool.getConnection(done))
  } else {
    const config = withStream(app.config, stream)
    connection = new (app.constructor as Constructor<Connection>)({ config })
    await called((done) => connection.connect(done))
  }
  return { ask: () => ask(connection), on: (event, listener) => connection.on(event, listener) }
}

/** The driver of this client, or undefined where the client isn't of mysql2. */
export function mysql2(client: unknown): MysqlDriver | undefined {
  // The clients of mysql2/promise wrap those of mysql2.
  const app = hasMembers(client) ? (client.pool ?? client.connection ?? client) : client
  if (isPool(app)) {
    return {
      open: (stream) => open(app, stream),
      pool: {
        saturated: () => app._connectionQueue.length > 0 && app._freeConnections.length === 0,
        lender: {
          acquire: () => called<Connection>((done) => app.getConnection(done)),
          ask: (connection) => ask(connection as Connection) as Promise<undefined>,
          release: (connection) => (connection as Connection).release(),
          destroy: (connection) => {
            // destroy() alone takes it out of the pool, and waits for the server to close the socket.
            const { stream } = connection as Connection
            ;(connection as Connection).destroy()
            stream.destroy()
          }
        }
      }
    }
  }
  return isConnection(app) ? { open: (stream) => open(app, stream) } : undefined
}
