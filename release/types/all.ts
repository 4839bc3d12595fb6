import plugin, * as all from '@dockerflow/all'
import {
  type DockerflowFastifyOptions,
  type DockerflowServerOptions,
  dockerflowServerOptions,
  type FastifyDockerflowOptions,
  type FastifyOwnOptions,
  fastifyDockerflow,
  mergeOptions,
  nestLogger,
  type ServeOptions,
  serve
} from '@dockerflow/all'
import type * as error from '@dockerflow/error'
import * as heartbeat from '@dockerflow/heartbeat'
import type * as lbheartbeat from '@dockerflow/lbheartbeat'
import * as lifecycle from '@dockerflow/lifecycle'
import * as mozlog from '@dockerflow/mozlog'
import type * as nest from '@dockerflow/mozlog/nest'
import type * as statsd from '@dockerflow/statsd'
import type * as version from '@dockerflow/version'
import { expectTypeOf } from 'expect-type'
import Fastify, { type FastifyPluginAsync } from 'fastify'

expectTypeOf(plugin).toEqualTypeOf<FastifyPluginAsync<FastifyDockerflowOptions>>()
expectTypeOf(fastifyDockerflow).toEqualTypeOf(plugin)
expectTypeOf<FastifyDockerflowOptions['heartbeat']>().toEqualTypeOf<
  heartbeat.FastifyHeartbeatOptions | false | undefined
>()
expectTypeOf<DockerflowServerOptions>().toExtend<mozlog.MozlogServerOptions>()
expectTypeOf<DockerflowServerOptions>().toExtend<FastifyOwnOptions>()
expectTypeOf(dockerflowServerOptions({ trustProxy: true })).toExtend<
  DockerflowFastifyOptions<{ trustProxy: boolean }>
>()
expectTypeOf(mergeOptions).returns.toEqualTypeOf<FastifyDockerflowOptions>()
expectTypeOf(nestLogger).returns.toEqualTypeOf<nest.NestLogger>()
expectTypeOf(serve).toEqualTypeOf(lifecycle.serve)
expectTypeOf<ServeOptions>().toEqualTypeOf<lifecycle.ServeOptions>()

const app = Fastify(dockerflowServerOptions({ logger: 'shop' }))
app.register(plugin, { error: false, heartbeat: { ttl: 500 } })
// Each plugin's decorator is known without an import of its own.
expectTypeOf(app.heartbeat.addCheck).toBeFunction()
expectTypeOf(app.lbheartbeat.draining).toBeBoolean()
// @ts-expect-error an options object, or false
app.register(plugin, { error: true })

// What it hands on is that of the other packages.
expectTypeOf(all.info).toEqualTypeOf(heartbeat.info)
expectTypeOf(all.warning).toEqualTypeOf(heartbeat.warning)
expectTypeOf(all.error).toEqualTypeOf(heartbeat.error)
expectTypeOf(all.critical).toEqualTypeOf(heartbeat.critical)
expectTypeOf(all.Level).toEqualTypeOf(heartbeat.Level)
expectTypeOf(all.createMozlog).toEqualTypeOf(mozlog.createMozlog)
expectTypeOf<all.CheckContext>().toEqualTypeOf<heartbeat.CheckContext>()
expectTypeOf<all.CheckMessage>().toEqualTypeOf<heartbeat.CheckMessage>()
expectTypeOf<all.CheckOptions>().toEqualTypeOf<heartbeat.CheckOptions>()
expectTypeOf<all.CheckResult>().toEqualTypeOf<heartbeat.CheckResult>()
expectTypeOf<all.FastifyHeartbeatOptions>().toEqualTypeOf<heartbeat.FastifyHeartbeatOptions>()
expectTypeOf<all.Heartbeat>().toEqualTypeOf<heartbeat.Heartbeat>()
expectTypeOf<all.HeartbeatCheck>().toEqualTypeOf<heartbeat.HeartbeatCheck>()
expectTypeOf<all.HeartbeatCheckObject>().toEqualTypeOf<heartbeat.HeartbeatCheckObject>()
expectTypeOf<all.HeartbeatPayload>().toEqualTypeOf<heartbeat.HeartbeatPayload>()
expectTypeOf<all.HeartbeatResult>().toEqualTypeOf<heartbeat.HeartbeatResult>()
expectTypeOf<all.HeartbeatTransition>().toEqualTypeOf<heartbeat.HeartbeatTransition>()
expectTypeOf<all.FastifyErrorOptions>().toEqualTypeOf<error.FastifyErrorOptions>()
expectTypeOf<all.FastifyLbheartbeatOptions>().toEqualTypeOf<lbheartbeat.FastifyLbheartbeatOptions>()
expectTypeOf<all.Lbheartbeat>().toEqualTypeOf<lbheartbeat.Lbheartbeat>()
expectTypeOf<all.FastifyLifecycleOptions>().toEqualTypeOf<lifecycle.FastifyLifecycleOptions>()
expectTypeOf<all.Lifecycle>().toEqualTypeOf<lifecycle.Lifecycle>()
expectTypeOf<all.OpenRequest>().toEqualTypeOf<lifecycle.OpenRequest>()
expectTypeOf<all.Servable>().toEqualTypeOf<lifecycle.Servable>()
expectTypeOf<all.ServableApp>().toEqualTypeOf<lifecycle.ServableApp>()
expectTypeOf<all.FastifyMozlogOptions>().toEqualTypeOf<mozlog.FastifyMozlogOptions>()
expectTypeOf<all.MozlogOptions>().toEqualTypeOf<mozlog.MozlogOptions>()
expectTypeOf<all.NestLogger>().toEqualTypeOf<nest.NestLogger>()
expectTypeOf<all.FastifyStatsdOptions>().toEqualTypeOf<statsd.FastifyStatsdOptions>()
expectTypeOf<all.Statsd>().toEqualTypeOf<statsd.Statsd>()
expectTypeOf<all.Tags>().toEqualTypeOf<statsd.Tags>()
expectTypeOf<all.FastifyVersionOptions>().toEqualTypeOf<version.FastifyVersionOptions>()
expectTypeOf<all.VersionObject>().toEqualTypeOf<version.VersionObject>()
