// What mozlog puts on a connection, and on a request as it came.

import type { IncomingMessage, ServerResponse } from 'node:http'
import type { Duplex } from 'node:stream'
import type { FastifyReply } from 'fastify'

/** On a connection: the answer to the request that it is in. */
export const replySym = Symbol('mozlog.reply')
/** On a connection: that it can't be parsed. */
export const refusedSym = Symbol('mozlog.refused')
/** On a connection: that the server gave up waiting for it. */
export const timedOutSym = Symbol('mozlog.timedOut')
/** On a connection: the address of its client, as a JSON array. */
const addressSym = Symbol('mozlog.address')

export interface Connection extends Duplex {
  readonly remoteAddress?: string | undefined
  [addressSym]?: string
  [refusedSym]?: true
  [replySym]?: FastifyReply | undefined
  [timedOutSym]?: boolean
}

/** On a raw request: that Fastify has made a request of it. */
export const seenSym = Symbol('mozlog.seen')
/** On a raw request: the status that answered its upgrade, which goes past its response. */
export const upgradeSym = Symbol('mozlog.upgrade')

export interface RawRequest extends IncomingMessage {
  /** Whether the client asked for another protocol, and the server has a listener for that. */
  upgrade?: boolean
  [seenSym]?: true
  [upgradeSym]?: number
  /** Of HTTP/2. */
  stream?: { rstCode: number; sentHeaders?: object }
}

/** Whether the client broke off, before the answer was complete. */
export const isAborted = ({ aborted, stream }: RawRequest): boolean =>
  aborted || (stream !== undefined && stream.rstCode !== 0)

/** A connection's address, as a JSON array, or '' when it has none; written once for all of its requests. */
export function addressOf(connection: Connection): string {
  const { remoteAddress } = connection
  if (connection[addressSym] === undefined && remoteAddress) connection[addressSym] = `["${remoteAddress}"]`
  return connection[addressSym] ?? ''
}

/** Notes when the server's own time-out (Fastify's `connectionTimeout`) ends a connection. */
export function watchTimeout(connection: Connection): void {
  if (connection[timedOutSym] === undefined) {
    connection.on('timeout', () => {
      connection[timedOutSym] = true
    })
  }
  connection[timedOutSym] = false
}

/** Notes how an upgrade is answered, such as by a websocket library, which writes to the connection itself. */
export function watchUpgrade(raw: RawRequest, response: ServerResponse): void {
  const { socket } = raw
  const { write, end } = socket
  function look(chunk: unknown): void {
    Object.assign(socket, { write, end })
    const status = /^HTTP\/1\.1 (\d{3})/.exec(String(chunk))?.[1]
    if (status === undefined) return
    raw[upgradeSym] = Number(status)
    response.statusCode = Number(status)
  }
  Object.assign(socket, {
    write(...args: Parameters<typeof write>) {
      look(args[0])
      return write.apply(socket, args)
    },
    end(...args: Parameters<typeof end>) {
      look(args[0])
      return end.apply(socket, args)
    }
  })
}
