import plugin, {
  type DockerflowServerOptions,
  dockerflowServerOptions,
  type FastifyDockerflowOptions,
  fastifyDockerflow,
  type ServeOptions,
  serve
} from '@dockerflow/all'
import type { FastifyHeartbeatOptions } from '@dockerflow/heartbeat'
import * as lifecycle from '@dockerflow/lifecycle'
import { type MozlogServerOptions, mozlogServerOptions } from '@dockerflow/mozlog'
import { expectTypeOf } from 'expect-type'
import Fastify, { type FastifyPluginAsync } from 'fastify'

expectTypeOf(plugin).toEqualTypeOf<FastifyPluginAsync<FastifyDockerflowOptions>>()
expectTypeOf(fastifyDockerflow).toEqualTypeOf(plugin)
expectTypeOf<FastifyDockerflowOptions['heartbeat']>().toEqualTypeOf<
  FastifyHeartbeatOptions | false | undefined
>()
expectTypeOf<DockerflowServerOptions>().toEqualTypeOf<MozlogServerOptions>()
expectTypeOf(dockerflowServerOptions).toEqualTypeOf(mozlogServerOptions)
expectTypeOf(serve).toEqualTypeOf(lifecycle.serve)
expectTypeOf<ServeOptions>().toEqualTypeOf<lifecycle.ServeOptions>()

const app = Fastify(dockerflowServerOptions({ logger: 'shop' }))
app.register(plugin, { error: false, heartbeat: { ttl: 500 } })
// Each plugin's decorator is known without an import of its own.
expectTypeOf(app.heartbeat.addCheck).toBeFunction()
expectTypeOf(app.lbheartbeat.draining).toBeBoolean()
// @ts-expect-error an options object, or false
app.register(plugin, { error: true })
