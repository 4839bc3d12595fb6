import type { FastifyInstance, FastifyRequest, onRequestHookHandler } from 'fastify'
import { type MozlogLogger, traceSym } from './instance.ts'
import { activeTrace, type TraceSource } from './trace.ts'

/** On an app: that it has the hooks. */
const notesTraceSym = Symbol('mozlog.notesTrace')

/** Notes the span of a request, for lines that are written when it is no longer active. */
export function noteTrace(request: FastifyRequest, traceContext: TraceSource): void {
  const trace = activeTrace(traceContext, request)
  if (trace !== undefined) (request.log as MozlogLogger)[traceSym] = trace
}

/** Notes spans that hooks of the app begin: those before this call, and those after it. */
export function noteTraces(fastify: FastifyInstance, traceContext: TraceSource): void {
  if (fastify.hasDecorator(notesTraceSym)) return
  fastify.decorate(notesTraceSym, true)
  const note: onRequestHookHandler = (request, _reply, done) => {
    noteTrace(request, traceContext)
    done()
  }
  fastify.addHook('onRequest', note)
  // For a span that a later onRequest hook begins.
  fastify.addHook('preValidation', note)
}
