// What mozlog puts on a connection.

import type { Duplex } from 'node:stream'
import type { FastifyReply } from 'fastify'

/** The answer to the request that a connection is in. */
export const replySym = Symbol('mozlog.reply')
/** That a connection can't be parsed. */
export const refusedSym = Symbol('mozlog.refused')
/** The address of a connection's client, as a JSON array. */
const addressSym = Symbol('mozlog.address')

export interface Connection extends Duplex {
  readonly remoteAddress?: string | undefined
  [addressSym]?: string
  [refusedSym]?: true
  [replySym]?: FastifyReply | undefined
}

/** A connection's address, as a JSON array, or '' when it has none; written once for all of its requests. */
export function addressOf(connection: Connection): string {
  const { remoteAddress } = connection
  if (connection[addressSym] === undefined && remoteAddress) connection[addressSym] = `["${remoteAddress}"]`
  return connection[addressSym] ?? ''
}
