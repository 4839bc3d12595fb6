import { createMozlog, type MozlogOptions } from '@dockerflow/mozlog'
import plugin, {
  type FastifyOtelOptions,
  fastifyOtel,
  type IgnoreDockerflow,
  ignoreDockerflow,
  type ResourceAttributes,
  type ResourceAttributesOptions,
  resourceAttributes,
  type TraceContext,
  traceContext
} from '@dockerflow/otel'
import { expectTypeOf } from 'expect-type'
import Fastify, { type FastifyPluginAsync } from 'fastify'

expectTypeOf(plugin).toEqualTypeOf<FastifyPluginAsync<FastifyOtelOptions>>()
expectTypeOf(fastifyOtel).toEqualTypeOf(plugin)
expectTypeOf<FastifyOtelOptions>().toEqualTypeOf<{ heartbeat?: boolean | undefined }>()
expectTypeOf<TraceContext>().toEqualTypeOf<{ traceId: string; spanId: string; sampled: boolean }>()
expectTypeOf(traceContext).toEqualTypeOf<() => TraceContext | undefined>()
// Each package has the type of its own.
expectTypeOf(traceContext).toEqualTypeOf<NonNullable<MozlogOptions['traceContext']>>()
createMozlog({ traceContext })

expectTypeOf(ignoreDockerflow).toEqualTypeOf<() => IgnoreDockerflow>()
const { http, fastify } = ignoreDockerflow()
expectTypeOf(http.ignoreIncomingRequestHook({ url: '/' })).toEqualTypeOf<boolean>()
expectTypeOf(fastify.ignorePaths({ url: '/', config: {} })).toEqualTypeOf<boolean>()

expectTypeOf<ResourceAttributesOptions>().toEqualTypeOf<{
  path?: string | undefined
  name?: string | undefined
}>()
expectTypeOf(resourceAttributes).toEqualTypeOf<(opts?: ResourceAttributesOptions) => ResourceAttributes>()
expectTypeOf<ResourceAttributes['service.version']>().toEqualTypeOf<string | undefined>()

const app = Fastify()
app.register(plugin, { heartbeat: false })
// @ts-expect-error an unknown option is refused
app.register(plugin, { traces: false })
