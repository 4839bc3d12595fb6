import type { IncomingMessage } from 'node:http'
import { request as httpsRequest } from 'node:https'

/** What a service answered to one request. */
export interface Answer {
  url: string
  /** null when no answer came. */
  status: number | null
  headers: IncomingMessage['headers']
  /** At most `BODY_LIMIT` bytes. */
  body: Buffer
  /** From the request to the end of the body, in ms. */
  ms: number
  /** Why there is no answer, or not all of it; in words. */
  failure: string | undefined
  /** The system's code of a failure before any answer, such as ECONNREFUSED. */
  code: string | undefined
}

export interface ProbeOptions {
  /** Sent with each request. */
  headers?: Record<string, string> | undefined
  /** How long an answer may take, its body included, in ms. */
  timeout: number
  method?: string | undefined
  /** The path as it goes over the wire, where it must not be normalized. */
  path?: string | undefined
}

/** Of a longer body only this is read. */
export const BODY_LIMIT = 1024 * 1024

/** Asks once: redirects are not followed, nothing is kept open, and time and size are bounded. Never throws. */
export function ask(
  url: string,
  { headers = {}, timeout, method = 'GET', path }: ProbeOptions
): Promise<Answer> {
  const start = performance.now()
  const answer: Answer = {
    url,
    status: null,
    headers: {},
    body: Buffer.alloc(0),
    ms: 0,
    failure: undefined,
    code: undefined
  }
  return new Promise((resolve) => {
    const chunks: Buffer[] = []
    let size = 0
    const end = (failure?: string, code?: string) => {
      clearTimeout(timer)
      if (answer.ms > 0) return
      answer.ms = Math.max(performance.now() - start, 0.001)
      answer.failure = failure
      answer.code = code
      answer.body = Buffer.concat(chunks, Math.min(size, BODY_LIMIT))
      req.destroy()
      resolve(answer)
    }
    // An import of node:http would load Node's fetch and WebSocket.
    const send = url.startsWith('https:') ? httpsRequest : process.getBuiltinModule('node:http').request
    const req = send(url, {
      ...(path === undefined ? {} : { path }),
      method,
      agent: false,
      headers: { 'user-agent': 'dockerflow-check', accept: '*/*', ...headers }
    })
    const timer = setTimeout(
      () =>
        end(`did not ${answer.status === null ? 'answer' : 'end'} within ${timeout / 1000} s`, 'ETIMEDOUT'),
      timeout
    )
    req.on('response', (res) => {
      answer.status = res.statusCode ?? null
      answer.headers = res.headers
      res.on('data', (chunk: Buffer) => {
        chunks.push(chunk)
        size += chunk.length
        if (size >= BODY_LIMIT) end('is longer than 1 MB')
      })
      res.on('end', () => end())
      res.on('error', (err: NodeJS.ErrnoException) => end(`broke off: ${reason(err)}`, err.code))
    })
    req.on('error', (err: NodeJS.ErrnoException) => end(reason(err), err.code))
    req.end()
  })
}

const REASONS: Record<string, string> = {
  ECONNREFUSED: 'refused the connection',
  ECONNRESET: 'reset the connection',
  ENOTFOUND: 'has no address (DNS)',
  EAI_AGAIN: 'has no address (DNS does not answer)',
  EHOSTUNREACH: 'can not be reached',
  ENETUNREACH: 'can not be reached',
  EPROTO: 'does not speak TLS',
  HPE_HEADER_OVERFLOW: 'sends headers of more than 16 kB'
}

/** An error of the network in words. What the server sent is not among them. */
function reason(err: NodeJS.ErrnoException): string {
  const { code = '' } = err
  if (REASONS[code]) return REASONS[code]
  if (code.startsWith('HPE_')) return 'does not speak HTTP'
  if (/CERT|SELF_SIGNED|TLS|SSL|UNABLE_TO/.test(code)) return `has a TLS certificate that fails: ${code}`
  return `can not be asked: ${code || err.message.split('\n')[0]}`
}
