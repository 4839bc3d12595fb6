import { connect, type Socket } from 'node:net'
import { hasMembers } from '@dockerflow/kit/options'
import type { Lender } from '../borrow-connection.ts'

/** A connection as a driver made it. */
export interface Session {
  /** Sends `question`, and resolves with the rows. */
  ask(): Promise<unknown>
  /** Calls back when the connection ends. */
  on(event: 'error' | 'end', listener: () => void): unknown
}

/** Opens a connection the way the app does, on the socket that `stream` makes. */
export type Open = (stream: (address: Address) => Socket) => Promise<Session>

/** What the check needs of a driver of MySQL. */
export interface MysqlDriver {
  /** For each server that the app's client knows; undefined where it doesn't show how it connects. */
  servers?: () => Open[]
  /** Whether the app's client is closed for good. */
  closed(): boolean
  /** How to borrow a connection of the app's pool, which is asked `question`; undefined where it has no pool. */
  pool?: {
    lender: Omit<Lender<unknown>, 'ask'> & { ask(connection: unknown): Promise<unknown> }
    saturated(): boolean
  }
}

/** Where a server is. */
export interface Address {
  host?: string
  port?: number
  socketPath?: string
}

/** Answered without a lock or a page of any table. Both are 0 on a server that takes writes. */
export const question = 'SELECT CONCAT(@@global.read_only, @@global.innodb_read_only)'

const unknownVariable = 1193 // ER_UNKNOWN_SYSTEM_VARIABLE: of a server that only speaks MySQL's protocol

/** Whether the answer says that the server takes no writes. */
export async function isReadOnly(answer: Promise<unknown>): Promise<boolean> {
  try {
    const [row] = (await answer) as unknown[]
    const [value] = hasMembers(row) ? Object.values(row) : []
    return value != null && !/^(?:0|OFF){2}$/i.test(String(value))
  } catch (err) {
    if ((err as { errno?: number }).errno === unknownVariable) return false
    throw err
  }
}

/** The check's own socket: both drivers would rather end one politely than destroy it at once. */
export function socketTo({ host = '127.0.0.1', port = 3306, socketPath }: Address): Socket {
  const socket = socketPath ? connect(socketPath) : connect(port, host)
  // An error after the driver took its listeners off must not end the process.
  return socket.on('error', () => {}).setNoDelay(true)
}
