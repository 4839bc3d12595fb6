// What mozlog puts on a connection.

import type { Instance } from './instance.ts'

/** On a connection: the answer to the request that it is in. */
export const replySym = Symbol('mozlog.reply')
/** On a connection: that it can't be parsed; on a request: the status that it was refused with for that. */
export const refusedSym = Symbol('mozlog.refused')
/** On a connection: its client's address, as a JSON array. */
const addressSym = Symbol('mozlog.address')

/** A connection's address, as a JSON array, or '' when it has none; written once for all of its requests. */
export function addressOf(socket: Instance): string {
  socket[addressSym] ??= socket.remoteAddress ? `["${socket.remoteAddress}"]` : undefined
  return socket[addressSym] ?? ''
}
