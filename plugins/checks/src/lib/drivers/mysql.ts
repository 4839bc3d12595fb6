import { connect, type Socket } from 'node:net'
import type { Lender } from '../borrow-connection.ts'

/** A connection as a driver made it. */
export interface Session {
  /** `SELECT 1`. */
  ask(): Promise<unknown>
  /** Tells of the connection's end. */
  on(event: 'error' | 'end', listener: () => void): unknown
}

/** What the check needs of a driver of MySQL. */
export interface MysqlDriver {
  /**
   * Opens a connection the way the app does, on the socket that `stream` makes; undefined where it can't be known
   * how the app does.
   */
  open?: (stream: (address: Address) => Socket) => Promise<Session>
  /** How to borrow a connection of the app's pool; undefined where the app has no pool. */
  pool?: { lender: Lender<unknown>; saturated(): boolean }
}

/** Where a server is. */
export interface Address {
  host?: string
  port?: number
  socketPath?: string
}

/** The check's own socket: both drivers would rather end one politely than destroy it at once. */
export function socketTo({ host = '127.0.0.1', port = 3306, socketPath }: Address): Socket {
  const socket = socketPath ? connect(socketPath) : connect(port, host)
  // An error after the driver took its listeners off must not end the process.
  return socket.on('error', () => {}).setNoDelay(true)
}
