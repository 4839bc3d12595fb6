import { addEndpoint } from '@dockerflow/endpoint'
import { checkOptions } from '@dockerflow/kit/options'
import type { FastifyPluginAsync, FastifyReply } from 'fastify'
import fp from 'fastify-plugin'
import { LbheartbeatPayload } from '../dist/schemas.js'
import {
  DOCKERFLOW_LBHEARTBEAT_ALREADY_REGISTERED,
  DOCKERFLOW_LBHEARTBEAT_INVALID_OPTION,
  DOCKERFLOW_LBHEARTBEAT_PREFIXED_SCOPE
} from './errors.ts'
import { type FastifyLbheartbeatOptions, rules } from './options.ts'

/** What the route answers with: 200 where it is `OK`, else 503. */
export type LbheartbeatStatus = 'OK' | 'starting' | 'maintenance' | 'draining'

/** Whether the load balancer sends requests to this process. */
export interface Lbheartbeat {
  /** Answer 200 from now on: the app is ready. Needed only with `waitForReady`; later calls change nothing. */
  ready(): void
  /** Answer 503 until `endMaintenance()`. */
  startMaintenance(): void
  /** Leave maintenance. */
  endMaintenance(): void
  /**
   * Answer 503 from now on, so that the load balancer sends no new requests. There is no way back: a
   * process that drains is about to end.
   */
  drain(): void
  /** Whether `drain()` was called. */
  readonly draining: boolean
  /** What the route answers now. */
  readonly status: LbheartbeatStatus
}

declare module 'fastify' {
  interface FastifyInstance {
    lbheartbeat: Lbheartbeat
  }
  interface FastifyContextConfig {
    /** True on each route of a Dockerflow plugin, so that a hook can leave them out. */
    dockerflow?: true
  }
}

const text = (description: string) => ({
  description,
  content: { 'text/plain': { schema: LbheartbeatPayload } }
})

const schema = {
  summary: 'Is this process up?',
  response: { 200: text('OK'), 503: text('starting, maintenance or draining') }
}

/** The states of one process, of which the last in this order wins: maintenance, starting, draining. */
function createLbheartbeat(waitForReady: boolean): Lbheartbeat {
  let [isReady, isMaintained, draining] = [!waitForReady, false, false]
  return {
    ready() {
      isReady = true
    },
    startMaintenance() {
      isMaintained = true
    },
    endMaintenance() {
      isMaintained = false
    },
    drain() {
      draining = true
    },
    get draining() {
      return draining
    },
    get status() {
      if (draining) return 'draining'
      if (!isReady) return 'starting'
      return isMaintained ? 'maintenance' : 'OK'
    }
  }
}

const fastifyLbheartbeat: FastifyPluginAsync<FastifyLbheartbeatOptions> = async (fastify, opts) => {
  checkOptions(opts, rules, DOCKERFLOW_LBHEARTBEAT_INVALID_OPTION)
  const { url = '/__lbheartbeat__', waitForReady = false, hide = false } = opts
  const lbheartbeat = createLbheartbeat(waitForReady)
  const begin = (reply: FastifyReply) =>
    reply.code(lbheartbeat.status === 'OK' ? 200 : 503).header('cache-control', 'no-store')

  addEndpoint(
    fastify,
    {
      plugin: '@dockerflow/lbheartbeat',
      url,
      hide,
      schema,
      // A probe that is answered 429 would take a healthy process out of service: exempt from @fastify/rate-limit.
      config: { rateLimit: false },
      // Dockerflow, Containerized App Requirements 6: 200, and no backing service is consulted.
      handler(_request, reply) {
        begin(reply).type('text/plain; charset=utf-8').send(lbheartbeat.status)
      },
      // haproxy's `option httpchk` asks so by default.
      onOptions(_request, reply) {
        begin(reply).header('allow', 'GET, HEAD, OPTIONS').send()
      }
    },
    {
      AlreadyRegistered: DOCKERFLOW_LBHEARTBEAT_ALREADY_REGISTERED,
      PrefixedScope: opts.url === undefined ? DOCKERFLOW_LBHEARTBEAT_PREFIXED_SCOPE : undefined
    }
  )
  fastify.decorate('lbheartbeat', lbheartbeat)
}

const plugin = fp(fastifyLbheartbeat, { fastify: '5.x', name: '@dockerflow/lbheartbeat' })

export type { FastifyLbheartbeatOptions }
export { plugin as default, plugin as fastifyLbheartbeat }
