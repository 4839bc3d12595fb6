import { type ServableApp, type ServeOptions, serve } from '@dockerflow/lifecycle'
import { expectTypeOf } from 'expect-type'
import Fastify, { type FastifyInstance } from 'fastify'

expectTypeOf(serve).toEqualTypeOf<(app: ServableApp, options?: ServeOptions) => Promise<void>>()
expectTypeOf<ServeOptions['drainDelay']>().toEqualTypeOf<number | undefined>()
expectTypeOf<FastifyInstance>().toExtend<ServableApp>()
serve(Fastify(), { port: 0, closeTimeout: 5000 })
// Every kind of server that Fastify makes can be served.
serve(Fastify({ http2: true }))
// @ts-expect-error a port is a number
serve(Fastify(), { port: '8000' })
