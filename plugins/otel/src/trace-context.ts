import { isSpanContextValid, type Span, TraceFlags, trace } from '@opentelemetry/api'
import type { FastifyRequest } from 'fastify'

/** The place of a span in its trace. */
export interface TraceContext {
  /** 32 lowercase hexadecimal digits. */
  traceId: string
  /** 16 lowercase hexadecimal digits. */
  spanId: string
  /** Whether the trace is recorded. */
  sampled: boolean
}

function placeOf(span: Span | undefined): TraceContext | undefined {
  const context = span?.spanContext()
  if (context === undefined || !isSpanContextValid(context)) return undefined
  const { traceId, spanId, traceFlags } = context
  return { traceId, spanId, sampled: (traceFlags & TraceFlags.SAMPLED) !== 0 }
}

/**
 * The place of the active span; undefined where there is none, as without an SDK. The plugin gives it to the app's
 * logger; give it to a logger of your own with `createMozlog({ traceContext })`.
 */
export const traceContext = (): TraceContext | undefined => placeOf(trace.getActiveSpan())

/** What `@fastify/otel` decorates a request with. */
interface Traced {
  opentelemetry?(): { span: Span | null }
}

/**
 * The place of a request's own span, or else of the active one. While `@fastify/otel` runs a hook, the active span is
 * that hook's.
 */
export function traceContextOf(request?: FastifyRequest): TraceContext | undefined {
  if (request === undefined) return traceContext()
  return placeOf((request as Traced).opentelemetry?.().span ?? undefined) ?? traceContext()
}
