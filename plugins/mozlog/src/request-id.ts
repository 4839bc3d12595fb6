import { randomUUID } from 'node:crypto'
import type { IncomingHttpHeaders } from 'node:http'

/** At most 128 characters that need no quoting in JSON, a header, a shell or a terminal. */
const id = /^[\w.:+=@/-]{1,128}$/
/** https://www.w3.org/TR/trace-context/#traceparent-header; an id of zeros is no id. */
const traceparent = /^(?!ff)[0-9a-f]{2}-(?!0{32})([0-9a-f]{32})-(?!0{16})([0-9a-f]{16})-([0-9a-f]{2})(?:-|$)/
/** https://cloud.google.com/trace/docs/trace-context#legacy-http-header */
const cloudTrace = /^(?!0{32})([0-9a-f]{32})(?:\/(\d{1,20}))?(?:;o=([01]))?$/i

/** The request's place in a trace. */
export interface TraceContext {
  traceId: string
  spanId: string | undefined
  sampled: boolean
}

/** What a `traceparent` or `x-cloud-trace-context` header says, or undefined when it doesn't say it rightly. */
export function readTrace(name: string, value: string | string[] | undefined): TraceContext | undefined {
  if (typeof value !== 'string') return undefined
  if (name === 'traceparent') {
    const match = traceparent.exec(value)
    if (match === null) return undefined
    const [, traceId, spanId, flags] = match as unknown as [string, string, string, string]
    return { traceId, spanId, sampled: (Number.parseInt(flags, 16) & 1) === 1 }
  }
  const match = cloudTrace.exec(value)
  if (match === null) return undefined
  const [, traceId, span, sampled] = match as unknown as [string, string, string?, string?]
  const spanId = span && BigInt(span).toString(16).padStart(16, '0')
  return { traceId: traceId.toLowerCase(), spanId, sampled: sampled === '1' }
}

/** A function that gives a request its id: from the first of `headers` that has a fit one, else a new UUID. */
export function requestIds(headers: string[]): (request: { headers: IncomingHttpHeaders }) => string {
  return (request) => {
    for (const name of headers) {
      const value = request.headers[name]
      if (name === 'traceparent' || name === 'x-cloud-trace-context') {
        const trace = readTrace(name, value)
        if (trace) return trace.traceId
      } else if (typeof value === 'string' && id.test(value)) return value
    }
    return randomUUID()
  }
}
