import plugin, {
  type FastifyLifecycleOptions,
  fastifyLifecycle,
  type Lifecycle,
  type OpenRequest,
  type Servable,
  type ServableApp,
  type ServeOptions,
  serve
} from '@dockerflow/lifecycle'
import { expectTypeOf } from 'expect-type'
import Fastify, { type FastifyInstance, type FastifyPluginAsync } from 'fastify'

expectTypeOf(plugin).toEqualTypeOf<FastifyPluginAsync<FastifyLifecycleOptions>>()
expectTypeOf(fastifyLifecycle).toEqualTypeOf(plugin)
expectTypeOf(serve).toEqualTypeOf<(servable: Servable, options?: ServeOptions) => Promise<void>>()
expectTypeOf<ServeOptions['drainDelay']>().toEqualTypeOf<number | undefined>()
expectTypeOf<FastifyInstance>().toExtend<ServableApp>()
expectTypeOf<FastifyInstance['lifecycle']>().toEqualTypeOf<Lifecycle>()
expectTypeOf<Lifecycle['signal']>().toEqualTypeOf<AbortSignal>()
expectTypeOf<Lifecycle['cut']>().returns.resolves.toEqualTypeOf<OpenRequest[]>()
serve(Fastify(), { port: 0, closeTimeout: 5000 })
// Every kind of server that Fastify makes can be served.
serve(Fastify({ http2: true }))
// A function builds the app, at once or later.
serve(() => Fastify())
serve(async () => Fastify({ http2: true }), { close: () => {} })
// @ts-expect-error a port is a number
serve(Fastify(), { port: '8000' })
// @ts-expect-error the function returns the app
serve(async () => {})
