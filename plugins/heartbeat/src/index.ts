import type { FastifyPluginAsync, FastifyRequest } from 'fastify'
import fp from 'fastify-plugin'
import { type CheckOptions, critical, error, type HeartbeatCheck, info, Level, warning } from './check.ts'
import { DOCKERFLOW_HEARTBEAT_DUPLICATE_CHECK, DOCKERFLOW_HEARTBEAT_INVALID_OPTION } from './errors.ts'
import { assertName, optionNames, readCheck, readOptions } from './options.ts'
import {
  type CheckReport,
  type HeartbeatPayload,
  heartbeatPayloadSchema,
  highest,
  levelName,
  toPayload
} from './payload.ts'
import { type Check, runChecks } from './run-checks.ts'

export interface FastifyHeartbeatOptions extends CheckOptions {
  /**
   * Path of the route.
   * @default '/__heartbeat__'
   */
  url?: string
  /**
   * The checks, by name.
   * @default {}
   */
  checks?: Record<string, HeartbeatCheck>
  /**
   * Ids of messages that are logged but neither shown nor counted.
   * @default []
   */
  silenced?: string[]
  /**
   * The status code of a heartbeat that fails: 200, or from 400 to 599.
   * @default 503
   */
  failedStatusCode?: number
  /**
   * The level from which on the heartbeat fails.
   * @default Level.ERROR
   */
  failAt?: number
  /**
   * Whether the answer holds more than the overall status: for all requests, or for the one at hand.
   * @default true
   */
  details?: boolean | ((request: FastifyRequest) => boolean)
}

/** The health of the backing services. */
export interface Heartbeat {
  /**
   * Adds a check, at any time. Throws DOCKERFLOW_HEARTBEAT_INVALID_NAME, DOCKERFLOW_HEARTBEAT_DUPLICATE_CHECK or
   * DOCKERFLOW_HEARTBEAT_INVALID_OPTION.
   */
  addCheck(name: string, check: HeartbeatCheck): void
  /** What a request would be answered, details included. Never rejects. */
  run(): Promise<HeartbeatPayload>
}

declare module 'fastify' {
  interface FastifyInstance {
    heartbeat: Heartbeat
  }
}

const own = ['url', 'checks', 'silenced', 'failedStatusCode', 'failAt', 'details']

const fastifyHeartbeat: FastifyPluginAsync<FastifyHeartbeatOptions> = async (fastify, opts) => {
  for (const name of Object.keys(opts)) {
    const known: string[] = [...own, ...optionNames]
    if (!known.includes(name)) {
      throw new DOCKERFLOW_HEARTBEAT_INVALID_OPTION(name, `is unknown; the options are: ${known.join(', ')}`)
    }
  }
  const options = readOptions(opts)
  const { url = '/__heartbeat__', checks = {}, silenced = [], failedStatusCode = 503 } = opts
  const { failAt = Level.ERROR, details = true } = opts
  const demand = (met: boolean, name: string, expected: string) => {
    if (!met) throw new DOCKERFLOW_HEARTBEAT_INVALID_OPTION(name, expected)
  }
  demand(typeof url === 'string' && url.startsWith('/'), 'url', 'must be a path that starts with "/"')
  demand(
    typeof checks === 'object' && checks !== null && !Array.isArray(checks),
    'checks',
    'must be an object of checks by name'
  )
  demand(
    Array.isArray(silenced) && silenced.every((id) => typeof id === 'string'),
    'silenced',
    'must be an array of message ids'
  )
  demand(
    Number.isInteger(failedStatusCode) &&
      (failedStatusCode === 200 || (failedStatusCode >= 400 && failedStatusCode <= 599)),
    'failedStatusCode',
    'must be 200, or an integer from 400 to 599'
  )
  demand(Number.isFinite(failAt) && failAt > 0, 'failAt', 'must be a number above 0, such as Level.ERROR')
  demand(
    typeof details === 'boolean' || typeof details === 'function',
    'details',
    'must be true, false or a function of the request'
  )

  const registered = new Map<string, Check>()
  const hidden = new Set(silenced)
  const reports = (): Promise<Map<string, CheckReport>> => runChecks(registered, hidden)
  const heartbeat: Heartbeat = {
    addCheck(name, check) {
      assertName(name)
      if (registered.has(name)) throw new DOCKERFLOW_HEARTBEAT_DUPLICATE_CHECK(JSON.stringify(name))
      const object = readCheck(name, check)
      registered.set(name, { check: object, options: readOptions(object, `checks.${name}.`, options) })
    },
    async run() {
      return toPayload(await reports())
    }
  }
  for (const [name, check] of Object.entries(checks)) heartbeat.addCheck(name, check)
  fastify.decorate('heartbeat', heartbeat)

  const body = {
    description: 'the checks',
    content: { 'application/json': { schema: heartbeatPayloadSchema } }
  }
  fastify.route({
    method: ['GET', 'HEAD'],
    url,
    schema: {
      summary: 'Are the backing services up?',
      tags: ['dockerflow'],
      response: { 200: body, [failedStatusCode]: body }
    },
    // A monitor that is answered 429 would take it for an outage: exempt from @fastify/rate-limit.
    config: { rateLimit: false },
    // Dockerflow, Containerized App Requirements 5: the backing services, and 5xx when one is down.
    handler: async (request, reply) => {
      const current = await reports()
      const level = highest([...current.values()])
      reply.code(level >= failAt ? failedStatusCode : 200).header('cache-control', 'no-store')
      const shown = typeof details === 'function' ? details(request) === true : details
      return reply.send(shown ? toPayload(current) : { status: levelName(level) })
    }
  })
}

const plugin = fp(fastifyHeartbeat, { fastify: '5.x', name: '@dockerflow/heartbeat' })

export type {
  CheckContext,
  CheckMessage,
  CheckOptions,
  CheckResult,
  HeartbeatCheck,
  HeartbeatCheckObject
} from './check.ts'
export type { HeartbeatPayload } from './payload.ts'
export {
  critical,
  error,
  heartbeatPayloadSchema,
  info,
  Level,
  plugin as default,
  plugin as fastifyHeartbeat,
  warning
}
