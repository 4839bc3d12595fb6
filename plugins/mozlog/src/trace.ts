import type { IncomingHttpHeaders } from 'node:http'
import type { FastifyRequest } from 'fastify'

/** https://www.w3.org/TR/trace-context/#traceparent-header; an id of zeros is no id. */
const traceparent = /^(?!ff)[0-9a-f]{2}-(?!0{32})([0-9a-f]{32})-(?!0{16})([0-9a-f]{16})-([0-9a-f]{2})(?:-|$)/
/** https://cloud.google.com/trace/docs/trace-context#legacy-http-header */
const cloudTrace = /^(?!0{32})([0-9a-f]{32})(?:\/(\d{1,20}))?(?:;o=([01]))?$/i
const validTraceId = /^(?!0{32})[0-9a-f]{32}$/
const validSpanId = /^(?!0{16})[0-9a-f]{16}$/
const maxSpanId = 2n ** 64n - 1n

/** A place in a trace: what `traceContext` answers. */
export interface TraceContext {
  /** 32 lowercase hexadecimal digits. */
  traceId: string
  /** 16 lowercase hexadecimal digits. */
  spanId: string
  /** Whether the trace is recorded. */
  sampled: boolean
}

/** Answers the active span's place, or that of a request's own span, which may have ended or not be the active one. */
export type TraceSource = (request?: FastifyRequest) => TraceContext | undefined

/** As TraceContext; a header may name a trace without a span. */
export interface Trace {
  traceId: string
  spanId: string | undefined
  sampled: boolean
}

/** What a `traceparent` or `x-cloud-trace-context` header says, or undefined when it isn't valid. */
export function readTrace(name: string, value: string | string[] | undefined): Trace | undefined {
  if (typeof value !== 'string') return undefined
  if (name === 'traceparent') {
    const match = traceparent.exec(value)
    if (match === null) return undefined
    const [, traceId, spanId, flags] = match as unknown as [string, string, string, string]
    return { traceId, spanId, sampled: (Number.parseInt(flags, 16) & 1) === 1 }
  }
  const match = cloudTrace.exec(value)
  if (match === null) return undefined
  const [, traceId, decimal = '0', sampled] = match as unknown as [string, string, string?, string?]
  const span = BigInt(decimal)
  const spanId = span > 0n && span <= maxSpanId ? span.toString(16).padStart(16, '0') : undefined
  return { traceId: traceId.toLowerCase(), spanId, sampled: sampled === '1' }
}

/** The trace of a request's headers: `traceparent`, or else Google's own. */
export const traceOfHeaders = (headers: IncomingHttpHeaders): Trace | undefined =>
  readTrace('traceparent', headers.traceparent) ??
  readTrace('x-cloud-trace-context', headers['x-cloud-trace-context'])

/** The span's place, or undefined when there is none, or none that is valid. */
export function activeTrace(traceContext: TraceSource, request?: FastifyRequest): Trace | undefined {
  try {
    const context = traceContext(request)
    if (context === undefined || context === null) return undefined
    const { traceId, sampled } = context
    const spanId = context.spanId.length === 16 ? context.spanId : context.spanId.padStart(16, '0')
    return validTraceId.test(traceId) && validSpanId.test(spanId) ? { traceId, spanId, sampled } : undefined
  } catch {
    // Somebody else's function: without its answer there is still a line.
    return undefined
  }
}

/** The fields of a trace, by the names of https://opentelemetry.io/docs/specs/otel/compatibility/logging_trace_context/. */
export const traceFields = ({ traceId, spanId, sampled }: Trace): string =>
  `"trace_id":"${traceId}","span_id":"${spanId}","trace_flags":"${sampled ? '01' : '00'}"`

export const traceFieldNames = ['trace_id', 'span_id', 'trace_flags']
