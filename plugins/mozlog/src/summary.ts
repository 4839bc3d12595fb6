import type { IncomingMessage } from 'node:http'
import {
  type FastifyBaseLogger,
  type FastifyError,
  type FastifyInstance,
  type FastifyReply,
  type FastifyRequest,
  LogController
} from 'fastify'
import { addressOf, type Connection, refusedSym, replySym } from './connection.ts'
import type { RequestContext } from './context.ts'
import { isErrorLike, toText } from './error-fields.ts'
import { traceMembers } from './google-cloud.ts'
import { type MozlogLogger, projectSym, stdoutSym, traceSym, writeInfoSym } from './instance.ts'
import { fieldValue, quote } from './value.ts'

/** How the plugin was registered. */
export interface SummaryOptions {
  querystring: boolean
  /** What ends a path. */
  delimiter: RegExp
  remoteAddressChain: boolean
  uid: ((request: FastifyRequest) => string | undefined) | undefined
  quiet: Set<string>
  quietLevel: 'debug' | 'silent'
}

/** On an instance: how its requests are summed up. */
export const summarySym = Symbol('mozlog.summary')
/** On a request: what went wrong. */
const errorSym = Symbol('mozlog.error')
/** A request, and how it went wrong. */
export interface SummarisedRequest extends FastifyRequest {
  [errorSym]?: Partial<Error>
  /** The status that it was refused with by the parser. */
  [refusedSym]?: number
}

/** Longer than what Node.js takes as headers, so that nothing is cut unless an app raised that. */
const maxHeader = 16384

export const optionsOf = (server: object): SummaryOptions | undefined =>
  (server as { [summarySym]?: SummaryOptions })[summarySym]

/** Remembers what went wrong, for the request's one line. */
export function failed(request: SummarisedRequest, error: unknown): void {
  request[errorSym] = isErrorLike(error) ? error : thrown(error)
}

/** Anything can be thrown, and has no name, no message and no stack: its text stands for them. */
function thrown(value: unknown): Partial<Error> {
  const json = fieldValue(value, maxHeader)
  const text = json === undefined ? toText(value) : json[0] === '"' ? JSON.parse(json) : json
  return { name: 'Thrown', message: text }
}

/** What lines of other loggers take from the request. */
export function contextOf(request: FastifyRequest): RequestContext {
  return { rid: JSON.stringify(request.id), trace: (request.log as MozlogLogger)[traceSym] ?? '' }
}

/** What a request target has before its path when it is absolute: a scheme, and an authority, which may hold a password. */
const origin = /^[^/?#]+:\/\/[^/?#;]*/

function pathOf(url: string, delimiter: RegExp): [path: string, querystring: string | undefined] {
  const target = url.startsWith('/') ? url : url.replace(origin, '')
  const end = target.search(delimiter)
  if (end === -1) return [target || '/', undefined]
  return [target.slice(0, end) || '/', target[end] === '#' ? undefined : target.slice(end + 1)]
}

/** The addresses that the request came through, the client's first, as a JSON array. */
function addresses(request: FastifyRequest, address: string): string {
  // Fastify's `trustProxy` makes them of a header, which may say anything.
  return request.ips ? (fieldValue([...request.ips].reverse(), maxHeader) as string) : address
}

/** How a request ended. */
function outcome(request: SummarisedRequest, reply: FastifyReply) {
  const { raw: res } = reply
  const err = request[errorSym]
  // A response to inject() never counts as finished, but its socket stays.
  const left = !res.writableEnded || !(res.writableFinished || !request.raw.socket.destroyed)
  const refused = left ? request[refusedSym] : undefined
  if (refused !== undefined) return { code: refused, errno: 0, err: undefined }
  // 499 is what proxies write for a client that went before it had an answer.
  const code = left && !res.headersSent && err === undefined ? 499 : res.statusCode
  const broken = err !== undefined && (code >= 500 || left)
  return { code, errno: broken ? 500 : left ? 499 : 0, err: broken ? err : undefined }
}

function summarise(
  request: FastifyRequest,
  reply: FastifyReply,
  opts: SummaryOptions,
  address: string
): void {
  const log = request.log as MozlogLogger
  const { code, errno, err } = outcome(request, reply)
  const quiet = err === undefined && opts.quiet.size > 0 && opts.quiet.has(request.routeOptions.url ?? '')
  const { 'user-agent': agent, 'accept-language': lang } = request.headers
  const { method } = request
  const [path, query] = pathOf(request.raw.url as string, opts.delimiter)
  const querystring = opts.querystring ? query : undefined
  const t = Math.round(reply.elapsedTime)
  const uid = opts.uid?.(request)
  const chain = opts.remoteAddressChain ? addresses(request, address) : ''
  if (!quiet && err === undefined && uid === undefined && querystring === undefined) {
    // Nearly all lines are of this kind. An object would only be taken apart again, key by key.
    let text = `"code":${code},"errno":${errno},"method":"${method}","path":${quote(path, maxHeader)},"t":${t}`
    if (agent !== undefined) text += `,"agent":${quote(agent, maxHeader)}`
    if (lang !== undefined) text += `,"lang":${quote(lang, maxHeader)}`
    if (chain !== '') text += `,"remoteAddressChain":${chain}`
    if (log[writeInfoSym]?.('request.summary', text)) return
  }
  const remoteAddressChain = chain === '' ? undefined : JSON.parse(chain)
  const type = 'request.summary'
  const fields = { type, agent, code, errno, lang, method, path, querystring, remoteAddressChain, t, uid }
  if (err !== undefined) log.error({ ...fields, err })
  else if (!quiet) log.info(fields)
  else if (opts.quietLevel === 'debug') log.debug(fields)
}

/** Fastify's own lines for a request give way to one request.summary. */
export class MozlogController extends LogController {
  /** The request whose id was made last, for the one case in which Fastify tells no more of it. */
  latest: IncomingMessage | undefined

  constructor() {
    super({ disableRequestLogging: true, requestIdLogLabel: 'rid' })
  }

  override incomingRequest(request: FastifyRequest, reply: FastifyReply): void {
    const opts = optionsOf(request.server)
    if (opts === undefined) return
    const log = request.log as MozlogLogger
    const socket: Connection = request.raw.socket
    reply.header('x-request-id', request.id)
    if (log[projectSym] !== null) log[traceSym] = traceMembers(request.headers, log[projectSym])
    // A connection that is closed has no address any more.
    const address = addressOf(socket)
    socket[replySym] = reply
    // The one event that comes exactly once however a response ends: sent, broken, hijacked, or left by its client.
    reply.raw.on('close', () => {
      if (socket[replySym] === reply) socket[replySym] = undefined
      const stdout = log[stdoutSym]
      if (stdout) stdout.holding = true
      try {
        summarise(request, reply, opts, address)
      } catch (err) {
        // Of an app's own: uid, or trustProxy. Thrown from here, it would end the process.
        log.error({ type: 'request.summary', err }, 'request.summary failed')
      } finally {
        if (stdout) stdout.holding = false
      }
    })
  }

  override defaultErrorLog(error: FastifyError, request: FastifyRequest): void {
    failed(request, error)
  }

  override streamError(error: FastifyError, request: FastifyRequest): void {
    if (error.code !== 'ERR_STREAM_PREMATURE_CLOSE') failed(request, error)
  }

  override serializerError(error: FastifyError, request: FastifyRequest): void {
    failed(request, error)
  }

  override writeHeadError(error: FastifyError, request: FastifyRequest): void {
    failed(request, error)
  }

  /** Fastify answers so by itself while it closes, without a request and a reply. */
  override serviceUnavailable(logger: FastifyBaseLogger, server: FastifyInstance): void {
    const opts = optionsOf(server)
    if (opts === undefined) return
    const { headers, method, url = '' } = this.latest ?? {}
    const [path] = pathOf(url, opts.delimiter)
    const fields = { agent: headers?.['user-agent'], lang: headers?.['accept-language'], method, path }
    logger.info({ type: 'request.summary', ...fields, code: 503, errno: 0, t: 0 })
  }
}
