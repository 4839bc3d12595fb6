import { STATUS_CODES } from 'node:http'
import type { Duplex } from 'node:stream'
import {
  type FastifyBaseLogger,
  type FastifyError,
  type FastifyInstance,
  type FastifyReply,
  type FastifyRequest,
  LogController
} from 'fastify'

/** How the plugin was registered, as the functions here find it on the instance. */
export interface SummaryOptions {
  querystring: boolean
  remoteAddressChain: boolean
  uid: ((request: FastifyRequest) => string | undefined) | undefined
  quiet: Set<string>
  quietLevel: 'debug' | 'silent'
}

export const summarySym = Symbol('mozlog.summary')
const errorSym = Symbol('mozlog.error')

type Summarised = FastifyInstance & { [summarySym]?: SummaryOptions }
type Failed = FastifyRequest & { [errorSym]?: Error }

/** Remembers what went wrong, for the request's one line. */
export function failed(request: FastifyRequest, error: Error): void {
  ;(request as Failed)[errorSym] = error
}

/** The members of the addresses that this request came through, the client's first. */
function addresses(request: FastifyRequest): string[] {
  if (request.ips) return [...request.ips].reverse()
  return request.ip ? [request.ip] : []
}

function summarise(request: FastifyRequest, reply: FastifyReply, opts: SummaryOptions): void {
  const aborted = !reply.raw.writableFinished
  const error = (request as Failed)[errorSym]
  const code = aborted && !reply.raw.headersSent && !error ? 499 : reply.raw.statusCode
  const broken = error !== undefined && (code >= 500 || (reply.raw.headersSent && aborted))
  const { url } = request.raw
  const query = url?.indexOf('?') ?? -1
  const fields = {
    type: 'request.summary',
    agent: request.headers['user-agent'],
    code,
    errno: broken ? 500 : code === 499 ? 499 : 0,
    lang: request.headers['accept-language'],
    method: request.method,
    path: query === -1 ? url : url?.slice(0, query),
    querystring: opts.querystring && query !== -1 ? url?.slice(query + 1) : undefined,
    remoteAddressChain: opts.remoteAddressChain ? addresses(request) : undefined,
    t: Math.round(reply.elapsedTime),
    uid: opts.uid?.(request)
  }
  if (broken) request.log.error({ ...fields, err: error })
  else if (!opts.quiet.has(request.routeOptions.url ?? '')) request.log.info(fields)
  else if (opts.quietLevel === 'debug') request.log.debug(fields)
}

/**
 * Fastify's own lines for a request give way to one request.summary. `close` is the one event that comes exactly
 * once however a response ends: sent, broken, hijacked, or left by its client.
 */
export class MozlogController extends LogController {
  constructor() {
    super({ disableRequestLogging: true, requestIdLogLabel: 'rid' })
  }

  override incomingRequest(request: FastifyRequest, reply: FastifyReply): void {
    const opts = (request.server as Summarised)[summarySym]
    if (opts === undefined) return
    reply.header('x-request-id', request.id)
    reply.raw.once('close', () => summarise(request, reply, opts))
  }

  override defaultErrorLog(error: FastifyError, request: FastifyRequest): void {
    failed(request, error)
  }

  override streamError(error: FastifyError, request: FastifyRequest): void {
    if (error.code !== 'ERR_STREAM_PREMATURE_CLOSE') failed(request, error)
  }

  override serviceUnavailable(logger: FastifyBaseLogger, server: FastifyInstance): void {
    if ((server as Summarised)[summarySym])
      logger.info({ type: 'request.summary', code: 503, errno: 0, t: 0 })
  }
}

const clientErrors: Record<string, [code: number, message: string]> = {
  ERR_HTTP_REQUEST_TIMEOUT: [408, 'Client Timeout'],
  HPE_HEADER_OVERFLOW: [431, 'Exceeded maximum allowed HTTP header size']
}

/** Answers HTTP that can't be parsed as Fastify does, and writes its line. */
export function clientErrorHandler(
  this: FastifyInstance,
  err: Error & { code?: string },
  socket: Duplex
): void {
  if (err.code === 'ECONNRESET' || socket.destroyed) return
  const [code, message] = clientErrors[err.code ?? ''] ?? [400, 'Client Error']
  const fields = { type: 'request.summary', code, errno: 0, t: 0 }
  if ((this as Summarised)[summarySym]) this.log.info(fields, err.message)
  if (socket.writable) {
    const body = JSON.stringify({ error: STATUS_CODES[code], message, statusCode: code })
    socket.write(
      `HTTP/1.1 ${code} ${STATUS_CODES[code]}\r\nContent-Length: ${body.length}\r\nContent-Type: application/json\r\n\r\n${body}`
    )
  }
  socket.destroy(err)
}
