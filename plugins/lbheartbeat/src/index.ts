import { checkOptions, urlPath } from '@dockerflow/kit/options'
import type { FastifyPluginAsync } from 'fastify'
import fp from 'fastify-plugin'
import { DOCKERFLOW_LBHEARTBEAT_INVALID_OPTION } from './errors.ts'

export interface FastifyLbheartbeatOptions {
  /**
   * Path of the route.
   * @default '/__lbheartbeat__'
   */
  url?: string | undefined
}

/** What the load balancer is told. */
export interface Lbheartbeat {
  /**
   * Answer 503 from now on, so that the load balancer sends no new requests. There is no way back: a
   * process that drains is about to end.
   */
  drain(): void
  /** Whether `drain()` was called. */
  readonly draining: boolean
}

declare module 'fastify' {
  interface FastifyInstance {
    lbheartbeat: Lbheartbeat
  }
}

const text = (body: string) => ({
  description: body,
  content: { 'text/plain': { schema: { type: 'string' } } }
})

const schema = {
  summary: 'Is this process up?',
  tags: ['dockerflow'],
  response: { 200: text('OK'), 503: text('draining') }
}

const fastifyLbheartbeat: FastifyPluginAsync<FastifyLbheartbeatOptions> = async (fastify, opts) => {
  checkOptions(opts, { url: urlPath }, DOCKERFLOW_LBHEARTBEAT_INVALID_OPTION)
  const { url = '/__lbheartbeat__' } = opts

  let draining = false
  const lbheartbeat: Lbheartbeat = {
    drain() {
      draining = true
    },
    get draining() {
      return draining
    }
  }
  fastify.decorate('lbheartbeat', lbheartbeat)

  fastify.route({
    method: ['GET', 'HEAD'],
    url,
    schema,
    // A probe that is answered 429 would take a healthy process out of service: exempt from @fastify/rate-limit.
    config: { rateLimit: false },
    // Dockerflow, Containerized App Requirements 6: 200, and no backing service is consulted.
    handler: async (_request, reply) => {
      reply.header('cache-control', 'no-store').type('text/plain; charset=utf-8')
      return draining ? reply.code(503).send('draining') : reply.send('OK')
    }
  })
}

const plugin = fp(fastifyLbheartbeat, { fastify: '5.x', name: '@dockerflow/lbheartbeat' })

export { plugin as default, plugin as fastifyLbheartbeat }
