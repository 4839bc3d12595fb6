import type { Duplex } from 'node:stream'
import type { FastifyInstance } from 'fastify'
import { addressOf, type Connection, refusedSym, replySym } from './connection.ts'
import { type SummarisedRequest, summariesOf } from './summary.ts'

// Imported as an ES module, node:http loads Node's fetch and WebSocket too, which takes 26 ms.
const { STATUS_CODES } = process.getBuiltinModule('node:http')

const clientErrors: Record<string, [code: number, message: string]> = {
  ERR_HTTP_REQUEST_TIMEOUT: [408, 'Client Timeout'],
  HPE_HEADER_OVERFLOW: [431, 'Exceeded maximum allowed HTTP header size']
}

/** Answers as Fastify does. */
function refuse(socket: Duplex, err: Error, code: number, message: string): void {
  if (socket.writable) {
    const body = JSON.stringify({ error: STATUS_CODES[code], message, statusCode: code })
    socket.write(
      `HTTP/1.1 ${code} ${STATUS_CODES[code]}\r\nContent-Length: ${body.length}\r\nContent-Type: application/json\r\n\r\n${body}`
    )
  }
  socket.destroy(err)
}

/**
 * Refuses HTTP that can't be parsed, and writes its line; a request that was being served, such as one whose body
 * breaks off, has its own.
 */
export function clientErrorHandler(
  this: FastifyInstance,
  err: Error & { code?: string },
  socket: Duplex
): void {
  const connection: Connection = socket
  // The parser fails again with each piece of data that comes before the connection is closed.
  if (err.code === 'ECONNRESET' || socket.destroyed || connection[refusedSym]) return
  connection[refusedSym] = true
  const [code, message] = clientErrors[err.code as string] ?? [400, 'Client Error']
  const summaries = summariesOf(this)
  const reply = connection[replySym]
  // What comes after a whole request is another one, also while that is still being served.
  if (summaries !== undefined && (reply === undefined || reply.request.raw.complete)) {
    const chain = summaries.remoteAddressChain ? addressOf(socket) : ''
    const remoteAddressChain = chain === '' ? undefined : JSON.parse(chain)
    this.log.info({ type: 'request.summary', code, errno: 0, remoteAddressChain, t: 0 }, err.message)
  }
  if (reply === undefined) {
    refuse(socket, err, code, message)
    return
  }
  // A handler that answers at once has not had its turn when all came in one piece.
  setImmediate(() => {
    const { raw, request } = reply
    // A client that breaks off sees no answer.
    const left = err.code === 'HPE_INVALID_EOF_STATE'
    if (!left && !request.raw.complete && !raw.headersSent) (request as SummarisedRequest)[refusedSym] = code
    refuse(socket, err, code, message)
  })
}
