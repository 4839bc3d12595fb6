import fastifyError from '@dockerflow/error'
import fastifyHeartbeat from '@dockerflow/heartbeat'
import { anObject, checkOptions, rule } from '@dockerflow/kit/options'
import fastifyLbheartbeat from '@dockerflow/lbheartbeat'
import fastifyLifecycle from '@dockerflow/lifecycle'
import fastifyMozlog from '@dockerflow/mozlog'
import fastifyStatsd from '@dockerflow/statsd'
import fastifyVersion from '@dockerflow/version'
import type { FastifyPluginAsync, FastifyPluginOptions } from 'fastify'
import fp from 'fastify-plugin'
import { DOCKERFLOW_ALL_ALREADY_REGISTERED, DOCKERFLOW_ALL_INVALID_OPTION } from './errors.ts'
import type { FastifyDockerflowOptions } from './options.ts'

/** In the order in which they are registered: what logs comes before what is logged. */
const plugins: [name: keyof FastifyDockerflowOptions, plugin: FastifyPluginAsync<FastifyPluginOptions>][] = [
  ['mozlog', fastifyMozlog],
  ['lifecycle', fastifyLifecycle],
  ['lbheartbeat', fastifyLbheartbeat],
  ['version', fastifyVersion],
  ['heartbeat', fastifyHeartbeat],
  ['statsd', fastifyStatsd],
  ['error', fastifyError]
]

const rules = Object.fromEntries(
  plugins.map(([name]) => [
    name,
    rule(
      `the options of @dockerflow/${name}, or false`,
      (value) => value === false || anObject.accepts(value)
    )
  ])
)

/** Says of an app that it has the plugin. */
const mark = Symbol.for('@dockerflow/all')

const fastifyDockerflow: FastifyPluginAsync<FastifyDockerflowOptions> = async (fastify, opts) => {
  if (Object.hasOwn(fastify, mark)) throw new DOCKERFLOW_ALL_ALREADY_REGISTERED()
  fastify.decorate(mark, true)
  checkOptions(opts, rules, DOCKERFLOW_ALL_INVALID_OPTION)
  for (const [name, plugin] of plugins) {
    const { [name]: options = {} } = opts
    if (options === false) continue
    await fastify.register(plugin, options as FastifyPluginOptions)
  }
}

const plugin = fp(fastifyDockerflow, { fastify: '5.x', name: '@dockerflow/all' })

// What a service needs of the other packages, so that it installs this one alone.
export type { FastifyErrorOptions } from '@dockerflow/error'
export type {
  CheckContext,
  CheckMessage,
  CheckOptions,
  CheckResult,
  FastifyHeartbeatOptions,
  Heartbeat,
  HeartbeatCheck,
  HeartbeatCheckObject,
  HeartbeatPayload,
  HeartbeatResult,
  HeartbeatTransition
} from '@dockerflow/heartbeat'
export { critical, error, info, Level, warning } from '@dockerflow/heartbeat'
export type { FastifyLbheartbeatOptions, Lbheartbeat } from '@dockerflow/lbheartbeat'
export type {
  FastifyLifecycleOptions,
  Lifecycle,
  OpenRequest,
  Servable,
  ServableApp,
  ServeOptions
} from '@dockerflow/lifecycle'
export { serve } from '@dockerflow/lifecycle'
export type { FastifyMozlogOptions, MozlogOptions } from '@dockerflow/mozlog'
export { createMozlog } from '@dockerflow/mozlog'
export type { NestLogger } from '@dockerflow/mozlog/nest'
export { nestLogger } from '@dockerflow/mozlog/nest'
export type { FastifyStatsdOptions, Statsd, Tags } from '@dockerflow/statsd'
export type { FastifyVersionOptions, VersionObject } from '@dockerflow/version'
export { mergeOptions } from './merge-options.ts'
export type { FastifyDockerflowOptions } from './options.ts'
export {
  type DockerflowFastifyOptions,
  type DockerflowServerOptions,
  dockerflowServerOptions,
  type FastifyOwnOptions
} from './server-options.ts'
export { plugin as default, plugin as fastifyDockerflow }
