import type { Socket } from 'node:net'
import { hasMembers } from '@dockerflow/kit/options'
import { type Address, type MysqlDriver, question, type Session } from './mysql.ts'

// Pools and connections of mysql2 keep their configuration, password included, in `config`.
interface Connection {
  readonly config: Address
  readonly stream: Socket
  readonly _closing?: boolean
  readonly _fatalError: unknown
  readonly _protocolError: unknown
  query(sql: string, done: Done<unknown>): unknown
  connect(done: Done<unknown>): void
  on(event: 'error' | 'end', listener: () => void): unknown
  release(): void
  destroy(): void
}
/** What connections are borrowed from. */
interface Lends {
  getConnection(done: Done<Connection>): void
}
interface Pool extends Lends {
  readonly config: { connectionConfig: Address }
  readonly _closed: boolean
  readonly _connectionQueue: { length: number }
  readonly _freeConnections: { length: number }
}
interface PoolCluster extends Lends {
  readonly _closed: boolean
  readonly _nodes: { [id: string]: { pool: Pool } }
  _findNodeIds(pattern: unknown): string[]
}
/** A part of a cluster, of `cluster.of(pattern)`. */
interface PoolNamespace extends Lends {
  readonly _cluster: PoolCluster
  readonly _pattern: unknown
}
type Done<T> = (err: unknown, value: T) => void
type Constructor<T> = new (options: { config: object }) => T

const isPool = (value: unknown): value is Pool =>
  hasMembers(value) && hasMembers(value.config) && hasMembers(value.config.connectionConfig)

const isCluster = (value: unknown): value is PoolCluster =>
  hasMembers(value) && hasMembers(value._nodes) && typeof value._findNodeIds === 'function'

const isNamespace = (value: unknown): value is PoolNamespace =>
  hasMembers(value) && isCluster(value._cluster) && value._pattern !== undefined

const isConnection = (value: unknown): value is Connection =>
  hasMembers(value) && hasMembers(value.config) && hasMembers(value.stream)

const called = <T>(start: (done: Done<T>) => void): Promise<T> =>
  new Promise((resolve, reject) => {
    start((err, value) => (err ? reject(err) : resolve(value)))
  })

const ask = (connection: Connection): Promise<unknown> => called((done) => connection.query(question, done))

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

function ofPools(app: Lends, pools: () => Pool[], closed: () => boolean): MysqlDriver {
  return {
    servers: () => pools().map((pool) => (stream) => open(pool, stream)),
    closed,
    pool: {
      saturated: () =>
        pools().some(
          ({ _connectionQueue, _freeConnections }) =>
            _connectionQueue.length > 0 && _freeConnections.length === 0
        ),
      lender: {
        acquire: () => called<Connection>((done) => app.getConnection(done)),
        ask: (connection) => ask(connection as Connection),
        release: (connection) => (connection as Connection).release(),
        destroy(connection) {
          // destroy() alone takes it out of the pool, and waits for the server to close the socket.
          const { stream } = connection as Connection
          ;(connection as Connection).destroy()
          stream.destroy()
        }
      }
    }
  }
}

/** The driver of this client, or undefined where the client isn't of mysql2. */
export function mysql2(client: unknown): MysqlDriver | undefined {
  if (!hasMembers(client)) return undefined
  // The clients of mysql2/promise wrap those of mysql2.
  const app = client.pool ?? client.connection ?? client.poolCluster ?? client.poolNamespace ?? client
  if (isPool(app)) {
    return ofPools(
      app,
      () => [app],
      () => app._closed
    )
  }
  if (isCluster(app) || isNamespace(app)) {
    const [cluster, pattern] = isCluster(app) ? [app, '*'] : [app._cluster, app._pattern]
    // The nodes that the app's client would choose from now.
    const pools = () => {
      const ids = new Set(cluster._findNodeIds(pattern))
      return Object.entries(cluster._nodes).flatMap(([id, { pool }]) => (ids.has(id) ? [pool] : []))
    }
    return ofPools(app, pools, () => cluster._closed)
  }
  if (!isConnection(app)) return undefined
  return {
    servers: () => [(stream) => open(app, stream)],
    closed: () => Boolean(app._closing || app._fatalError || app._protocolError || app.stream.destroyed)
  }
}
