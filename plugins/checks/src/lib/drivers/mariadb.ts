import type { Socket } from 'node:net'
import { hasMembers } from '@dockerflow/kit/options'
import { type Address, type MysqlDriver, question, type Session } from './mysql.ts'

interface Connection {
  query(sql: string): Promise<unknown>
  on(event: 'error' | 'end', listener: () => void): void
  release(): Promise<void>
  destroy(): void
}
interface Pool {
  getConnection(): Promise<Connection>
  readonly closed: boolean
  idleConnections(): number
  taskQueueSize(): number
}

/** The module `mariadb`, as far as the check uses it. */
export interface Mariadb {
  defaultOptions(config: object | string): object
  createConnection(config: object): Promise<object>
}

const isPool = (value: unknown): value is Pool =>
  hasMembers(value) &&
  typeof value.taskQueueSize === 'function' &&
  typeof value.idleConnections === 'function'

/** The driver of this client, or undefined where the client isn't a pool of mariadb. */
export function mariadb(
  client: unknown,
  module?: Mariadb,
  config?: object | string
): MysqlDriver | undefined {
  if (!isPool(client)) return undefined
  return {
    ...(module && config && { servers: () => [(stream) => open(module, config, stream)] }),
    closed: () => client.closed,
    pool: {
      saturated: () => client.taskQueueSize() > 0 && client.idleConnections() === 0,
      lender: {
        acquire: () => client.getConnection(),
        ask: (connection) => (connection as Connection).query(question),
        release: (connection) => (connection as Connection).release(),
        destroy: (connection) => (connection as Connection).destroy()
      }
    }
  }
}

async function open(
  module: Mariadb,
  config: object | string,
  stream: (address: Address) => Socket
): Promise<Session> {
  const options: Address = module.defaultOptions(config)
  const connection = (await module.createConnection({
    ...options,
    socketPath: undefined, // it would win over `stream`
    stream: () => stream(options)
  })) as Connection
  return {
    ask: () => connection.query(question),
    on: (event, listener) => connection.on(event, listener)
  }
}
