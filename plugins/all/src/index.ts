import fastifyError, { type FastifyErrorOptions } from '@dockerflow/error'
import fastifyHeartbeat, { type FastifyHeartbeatOptions } from '@dockerflow/heartbeat'
import { anObject, checkOptions, rule } from '@dockerflow/kit/options'
import fastifyLbheartbeat, { type FastifyLbheartbeatOptions } from '@dockerflow/lbheartbeat'
import { type ServeOptions, serve } from '@dockerflow/lifecycle'
import fastifyMozlog, {
  type MozlogServerOptions as DockerflowServerOptions,
  mozlogServerOptions as dockerflowServerOptions,
  type FastifyMozlogOptions
} from '@dockerflow/mozlog'
import fastifyStatsd, { type FastifyStatsdOptions } from '@dockerflow/statsd'
import fastifyVersion, { type FastifyVersionOptions } from '@dockerflow/version'
import type { FastifyPluginAsync, FastifyPluginOptions } from 'fastify'
import fp from 'fastify-plugin'
import { DOCKERFLOW_ALL_INVALID_OPTION } from './errors.ts'

/** The options of each plugin, or false to leave it out. */
export interface FastifyDockerflowOptions {
  /**
   * One `request.summary` for each request. The app is to be made with `dockerflowServerOptions()`.
   * @default {}
   */
  mozlog?: FastifyMozlogOptions | false | undefined
  /**
   * `/__lbheartbeat__`.
   * @default {}
   */
  lbheartbeat?: FastifyLbheartbeatOptions | false | undefined
  /**
   * `/__version__`.
   * @default {}
   */
  version?: FastifyVersionOptions | false | undefined
  /**
   * `/__heartbeat__`.
   * @default {}
   */
  heartbeat?: FastifyHeartbeatOptions | false | undefined
  /**
   * Metrics, which go nowhere unless the options or the environment say where.
   * @default {}
   */
  statsd?: FastifyStatsdOptions | false | undefined
  /**
   * `/__error__`, which is off unless the options say otherwise.
   * @default {}
   */
  error?: FastifyErrorOptions | false | undefined
}

/** In the order in which they are registered: what logs comes before what is logged. */
const plugins: [name: keyof FastifyDockerflowOptions, plugin: FastifyPluginAsync<FastifyPluginOptions>][] = [
  ['mozlog', fastifyMozlog],
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

const fastifyDockerflow: FastifyPluginAsync<FastifyDockerflowOptions> = async (fastify, opts) => {
  checkOptions(opts, rules, DOCKERFLOW_ALL_INVALID_OPTION)
  for (const [name, plugin] of plugins) {
    const { [name]: options = {} } = opts
    if (options === false) continue
    await fastify.register(plugin, options as FastifyPluginOptions)
  }
}

const plugin = fp(fastifyDockerflow, { fastify: '5.x', name: '@dockerflow/all' })

export type { DockerflowServerOptions, ServeOptions }
export { dockerflowServerOptions, plugin as default, plugin as fastifyDockerflow, serve }
