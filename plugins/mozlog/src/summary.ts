import type { IncomingMessage, ServerResponse } from 'node:http'
import {
  type FastifyBaseLogger,
  type FastifyError,
  type FastifyInstance,
  type FastifyReply,
  type FastifyRequest,
  LogController
} from 'fastify'
import {
  addressOf,
  type Connection,
  isAborted,
  type RawRequest,
  refusedSym,
  replySym,
  seenSym,
  timedOutSym,
  upgradeSym,
  watchTimeout,
  watchUpgrade
} from './connection.ts'
import type { RequestContext } from './context.ts'
import { isErrorLike, toText } from './error-fields.ts'
import { httpRequestMember } from './google-cloud.ts'
import { httpRequestSym, type MozlogLogger, setupSym, traceSym, writeInfoSym } from './instance.ts'
import type { SummaryLevel } from './options.ts'
import { traceOfHeaders } from './trace.ts'
import { noteTrace } from './trace-hooks.ts'
import { cutText, fieldValue, quote } from './value.ts'

/** How the plugin was registered, and what it needs for all requests of the app. */
export interface Summaries {
  querystring: boolean
  /** What ends a path. */
  delimiter: RegExp
  remoteAddressChain: boolean
  uid: ((request: FastifyRequest) => string | undefined) | undefined
  quiet: Set<string>
  quietStatusCodes: Set<number>
  quietLevel: 'debug' | 'silent'
  summaryLevel: ((request: FastifyRequest, reply: FastifyReply) => SummaryLevel | undefined) | undefined
  sampleRate: number
  slow: number
  /** Whether any of these may choose another level than the usual. */
  chosen: boolean
  /** Whether the app closes: from then on it ends connections by itself. */
  closing: boolean
  /** Whether the server has a time-out for connections. */
  timeout: boolean
  /** Writes the summary of each request that has none yet. */
  open: Set<() => void>
}

/** On an instance: how its requests are summed up. */
export const summarySym = Symbol('mozlog.summary')
/** On a request: what went wrong. */
const errorSym = Symbol('mozlog.error')

/** A request, and how it went wrong. */
export interface SummarisedRequest extends FastifyRequest {
  [errorSym]?: Partial<Error>
  /** The status that it ended with before it was answered: the parser's, or 499. */
  [refusedSym]?: number
}

/** What is kept of each text that a client sent, in UTF-16 units: control characters take six bytes each. */
const maxHeader = 1024

export const summariesOf = (server: object): Summaries | undefined =>
  (server as { [summarySym]?: Summaries })[summarySym]

/** What comes of a client that has gone, by the code or the name of the error. */
const abortions = new Set(['ABORT_ERR', 'AbortError', 'ECONNRESET', 'ERR_STREAM_PREMATURE_CLOSE'])

function isAbortion(error: unknown): boolean {
  const { code, name, statusCode = 500 } = Object(error) as FastifyError
  return statusCode < 500 || abortions.has(code) || abortions.has(name)
}

/** Remembers what went wrong, for the request's one line. */
export function failed(request: SummarisedRequest, reply: FastifyReply, error: unknown): void {
  // The client was first: what follows from that is nobody's error.
  if (isAborted(request.raw) && isAbortion(error)) {
    if (!headersSent(request.raw, reply.raw)) request[refusedSym] = 499
    return
  }
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
  return { rid: JSON.stringify(request.id), log: request.log as MozlogLogger }
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
  const { ips } = request
  if (ips === undefined) return address
  // Fastify's `trustProxy` makes them of a header, which may say anything. The nearest are the most trustworthy.
  const kept: string[] = []
  let length = 0
  for (const ip of ips) {
    length += ip.length
    if (length > maxHeader) {
      kept.push('…')
      break
    }
    kept.push(ip)
  }
  return fieldValue(kept.reverse(), Number.POSITIVE_INFINITY) as string
}

/** Whether the client was sent a status. A stream of HTTP/2 that was reset keeps what it could not send to itself. */
const headersSent = ({ stream }: RawRequest, res: ServerResponse | FastifyReply['raw']): boolean =>
  stream === undefined ? res.headersSent : stream.sentHeaders !== undefined

/** Whether it was the client who closed a connection that is closed. */
function hasLeft(raw: RawRequest): boolean {
  const { socket, stream } = raw
  return stream === undefined ? socket.readableEnded || Boolean(socket.errored) : isAborted(raw)
}

/** Whether a route is one of Dockerflow's, whose statuses say something of others than itself. */
const isOurs = ({ routeOptions }: FastifyRequest): boolean =>
  (routeOptions.config as { dockerflow?: boolean } | undefined)?.dockerflow === true

interface Outcome {
  code: number
  errno: number
  err?: Partial<Error> | undefined
}

/**
 * A request with an answer and no exception: a framework inside the app may have caught that. 503 is how a service
 * says that it can't answer now.
 */
const answered = (request: FastifyRequest, code: number): Outcome => ({
  code,
  errno: code >= 500 && code !== 503 && !isOurs(request) ? code : 0
})

/** How a request ended. */
function outcome(request: SummarisedRequest, reply: FastifyReply, summaries: Summaries): Outcome {
  const res = reply.raw
  const raw: RawRequest = request.raw
  const connection: Connection = raw.socket
  const err = request[errorSym]
  const upgraded = raw[upgradeSym]
  // What was upgraded is no longer a response: it ends whenever one of the two closes it.
  if (upgraded !== undefined && !res.headersSent) return answered(request, upgraded)

  // A response to inject() never counts as finished, but its socket stays.
  const finished = res.writableEnded && (res.writableFinished || !connection.destroyed)
  if (finished && !(raw.stream && isAborted(raw))) {
    const code = res.statusCode
    if (err !== undefined && code >= 500) return { code, errno: 500, err }
    return answered(request, code)
  }
  const refused = request[refusedSym]
  if (refused !== undefined) return { code: refused, errno: refused === 499 ? 499 : 0 }
  const sent = headersSent(raw, res)
  // Over HTTP/2 the end of half a body comes before the news that it was broken off.
  if (raw.stream && isAborted(raw) && err !== undefined && isAbortion(err)) return { code: 499, errno: 499 }
  if (err !== undefined) return { code: res.statusCode, errno: 500, err }
  if (connection[timedOutSym] || (summaries.closing && !hasLeft(raw))) {
    if (!sent && !raw.complete) return { code: 408, errno: 0 }
    return { code: sent ? res.statusCode : 503, errno: 503 }
  }
  // 499 is what proxies write for a client that went before it had an answer.
  return { code: sent ? res.statusCode : 499, errno: 499 }
}

/** The levels of a summary of which nobody asked for another. */
function levelOf({ code, errno, err }: Outcome): SummaryLevel {
  return err !== undefined || (code >= 500 && errno === code && code !== 503) ? 'error' : 'info'
}

/** The level that a summary has, and the rate of which it is a sample. Without a level, there is none. */
function choose(
  request: FastifyRequest,
  reply: FastifyReply,
  summaries: Summaries,
  result: Outcome,
  t: number
): { level: SummaryLevel; rate?: number | undefined } {
  const { quiet, quietStatusCodes, quietLevel, sampleRate, slow, summaryLevel } = summaries
  const { code, errno, err } = result
  const level = levelOf(result)
  if (err !== undefined) return { level }
  const always = code >= 500 || errno >= 500 || (t >= slow && code !== 101)
  const chosen = summaryLevel?.(request, reply)
  if (chosen !== undefined) {
    const written = chosen !== 'silent' && (request.log as MozlogLogger).isLevelEnabled(chosen)
    return { level: always && !written ? level : chosen }
  }
  if (always) return { level }
  if (quiet.has(request.routeOptions.url ?? '') || quietStatusCodes.has(code)) return { level: quietLevel }
  if (sampleRate === 1 || code >= 400 || errno !== 0) return { level }
  return Math.random() < sampleRate ? { level, rate: sampleRate } : { level: 'silent' }
}

function summarise(
  request: FastifyRequest,
  reply: FastifyReply,
  summaries: Summaries,
  address: string
): void {
  const log = request.log as MozlogLogger
  const result = outcome(request, reply, summaries)
  const { code, errno, err } = result
  const elapsed = reply.elapsedTime
  const { level, rate } = summaries.chosen
    ? choose(request, reply, summaries, result, elapsed)
    : { level: levelOf(result), rate: undefined }
  if (level === 'silent') return
  const { 'user-agent': agent, 'accept-language': lang } = request.headers
  const { method } = request
  const [path, query] = pathOf(request.raw.url as string, summaries.delimiter)
  const querystring = summaries.querystring ? query : undefined
  const t = Math.round(elapsed)
  const uid = summaries.uid?.(request)
  const chain = summaries.remoteAddressChain ? addresses(request, address) : ''
  log[httpRequestSym] = log[setupSym].googleCloud
    ? httpRequestMember(
        {
          method,
          url: querystring === undefined ? path : `${path}?${querystring}`,
          status: code,
          latency: t,
          userAgent: agent,
          remoteIp: chain === '' ? undefined : request.ip,
          protocol: `HTTP/${request.raw.httpVersion}`
        },
        maxHeader
      )
    : ''
  if (level === 'info' && uid === undefined && querystring === undefined) {
    // Nearly all lines are of this kind. An object would only be taken apart again, key by key.
    let text = `"code":${code},"errno":${errno},"method":"${method}","path":${quote(path, maxHeader)},"t":${t}`
    if (agent !== undefined) text += `,"agent":${quote(agent, maxHeader)}`
    if (lang !== undefined) text += `,"lang":${quote(lang, maxHeader)}`
    if (chain !== '') text += `,"remoteAddressChain":${chain}`
    if (rate !== undefined) text += `,"sample_rate":${rate}`
    if (log[writeInfoSym]?.('request.summary', text)) return
  }
  const cut = (text: string | undefined) => text && cutText(text, maxHeader)
  log[level]({
    type: 'request.summary',
    agent: cut(agent),
    code,
    errno,
    lang: cut(lang),
    method,
    path: cut(path),
    querystring: cut(querystring),
    remoteAddressChain: chain === '' ? undefined : JSON.parse(chain),
    sample_rate: rate,
    t,
    uid,
    ...(err && { err })
  })
}

/** Fastify's own lines for a request give way to one request.summary. */
export class MozlogController extends LogController {
  /** The request whose id was made last, for the one case in which Fastify tells no more of it. */
  latest: IncomingMessage | undefined

  constructor() {
    super({ disableRequestLogging: true, requestIdLogLabel: 'rid' })
  }

  override incomingRequest(request: FastifyRequest, reply: FastifyReply): void {
    const summaries = summariesOf(request.server)
    if (summaries === undefined) return
    const log = request.log as MozlogLogger
    const raw: RawRequest = request.raw
    const connection: Connection = raw.socket
    const { googleCloud, stdout, traceContext } = log[setupSym]
    raw[seenSym] = true
    reply.header('x-request-id', request.id)
    if (googleCloud) log[traceSym] = traceOfHeaders(request.headers)
    if (traceContext !== undefined) noteTrace(request, traceContext)
    if (raw.upgrade) watchUpgrade(raw, reply.raw as ServerResponse)
    if (summaries.timeout) watchTimeout(connection)
    // A connection that is closed has no address any more.
    const address = addressOf(connection)
    connection[replySym] = reply
    const { open } = summaries
    const end = () => {
      open.delete(end)
      if (connection[replySym] === reply) connection[replySym] = undefined
      if (stdout) stdout.holding = true
      try {
        summarise(request, reply, summaries, address)
      } catch (err) {
        // Of an app's own: uid, summaryLevel or trustProxy. Thrown from here, it would end the process.
        log.error({ type: 'request.summary', err }, 'request.summary failed')
      } finally {
        if (stdout) stdout.holding = false
        log[httpRequestSym] = undefined
      }
    }
    open.add(end)
    // The one event that comes exactly once however a response ends: sent, broken, hijacked, or left by its client.
    reply.raw.on('close', end)
  }

  override defaultErrorLog(error: FastifyError, request: FastifyRequest, reply: FastifyReply): void {
    failed(request, reply, error)
  }

  override streamError(error: FastifyError, request: FastifyRequest, reply: FastifyReply): void {
    if (error.code !== 'ERR_STREAM_PREMATURE_CLOSE') failed(request, reply, error)
  }

  override serializerError(error: FastifyError, request: FastifyRequest, reply: FastifyReply): void {
    failed(request, reply, error)
  }

  override writeHeadError(error: FastifyError, request: FastifyRequest, reply: FastifyReply): void {
    failed(request, reply, error)
  }

  /** Fastify answers so by itself while it closes, without a request and a reply. */
  override serviceUnavailable(logger: FastifyBaseLogger, server: FastifyInstance): void {
    const summaries = summariesOf(server)
    if (summaries === undefined) return
    if (this.latest !== undefined) (this.latest as RawRequest)[seenSym] = true
    logger.info({ ...rawFields(this.latest, summaries), code: 503, errno: 0, t: 0 })
  }
}

/** What is known of a request that Fastify made none of. */
function rawFields(raw: IncomingMessage | undefined, { delimiter }: Summaries) {
  const { headers = {}, method, url = '' } = raw ?? {}
  const cut = (text: string | undefined) => text && cutText(text, maxHeader)
  return {
    type: 'request.summary',
    agent: cut(headers['user-agent']),
    lang: cut(headers['accept-language']),
    method,
    path: cutText(pathOf(url, delimiter)[0], maxHeader)
  }
}

/** What such a request has of the app. */
export interface Unrouted {
  log: FastifyBaseLogger
  genReqId(raw: IncomingMessage): string
}

/** Writes the summary of a request that the app answers by itself, by an option of the router such as `onBadUrl`. */
export function watchUnrouted(
  app: Unrouted,
  raw: RawRequest,
  response: ServerResponse,
  summaries: Summaries
): void {
  const start = performance.now()
  response.on('close', () => {
    if (raw[seenSym]) return
    const code = response.headersSent ? response.statusCode : 499
    const errno = !response.writableEnded ? 499 : code >= 500 && code !== 503 ? code : 0
    const chain = summaries.remoteAddressChain ? addressOf(raw.socket) : ''
    const remoteAddressChain = chain === '' ? undefined : JSON.parse(chain)
    const t = Math.round(performance.now() - start)
    const fields = {
      ...rawFields(raw, summaries),
      code,
      errno,
      remoteAddressChain,
      t,
      rid: app.genReqId(raw)
    }
    if (errno >= 500) app.log.error(fields)
    else app.log.info(fields)
  })
}
