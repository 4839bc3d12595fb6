import { boolean, checkOptions } from '@dockerflow/kit/options'
import type { FastifyInstance, FastifyPluginAsync } from 'fastify'
import fp from 'fastify-plugin'
import { DOCKERFLOW_OTEL_ALREADY_REGISTERED, DOCKERFLOW_OTEL_INVALID_OPTION } from './errors.ts'
import { measureHeartbeat, type ObservableHeartbeat } from './heartbeat-metrics.ts'
import { traceContextOf } from './trace-context.ts'

export interface FastifyOtelOptions {
  /**
   * Whether the checks of `@dockerflow/heartbeat` are metrics.
   * @default true
   */
  heartbeat?: boolean | undefined
}

/** Says of an app that it has the plugin. */
const mark = Symbol.for('@dockerflow/otel')

/** On a logger of `@dockerflow/mozlog`: puts the trace on its lines. */
const followSpansSym = Symbol.for('@dockerflow/mozlog.followSpans')

interface MozlogLogger {
  [followSpansSym]?(fastify: FastifyInstance, traceContext: typeof traceContextOf): void
}

const rules = { heartbeat: boolean }

const fastifyOtel: FastifyPluginAsync<FastifyOtelOptions> = async (fastify, opts) => {
  checkOptions(opts, rules, DOCKERFLOW_OTEL_INVALID_OPTION)
  if (Object.hasOwn(fastify, mark)) throw new DOCKERFLOW_OTEL_ALREADY_REGISTERED()
  fastify.decorate(mark, true)
  ;(fastify.log as MozlogLogger)[followSpansSym]?.(fastify, traceContextOf)
  if (opts.heartbeat === false) return

  let stop: (() => void) | undefined
  fastify.addHook('onReady', (done) => {
    const { heartbeat } = fastify as { heartbeat?: Partial<ObservableHeartbeat> }
    if (heartbeat?.onResult) stop = measureHeartbeat(heartbeat as ObservableHeartbeat)
    done()
  })
  fastify.addHook('onClose', (_fastify, done) => {
    stop?.()
    done()
  })
}

const plugin = fp(fastifyOtel, { fastify: '5.x', name: '@dockerflow/otel' })

export { type IgnoreDockerflow, ignoreDockerflow } from './ignore.ts'
export { type ResourceAttributes, type ResourceAttributesOptions, resourceAttributes } from './resource.ts'
export { type TraceContext, traceContext } from './trace-context.ts'
export { plugin as default, plugin as fastifyOtel }
