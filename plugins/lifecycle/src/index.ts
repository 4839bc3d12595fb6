import type { FastifyPluginAsync } from 'fastify'
import fp from 'fastify-plugin'
import { limitBodies } from './bodies.ts'
import type { OpenRequest } from './connections.ts'
import { type Lifecycle, watch } from './lifecycle.ts'
import { type FastifyLifecycleOptions, pluginRules, validate } from './options.ts'

declare module 'fastify' {
  interface FastifyInstance {
    lifecycle: Lifecycle
  }
}

const fastifyLifecycle: FastifyPluginAsync<FastifyLifecycleOptions> = async (fastify, opts) => {
  validate(opts, pluginRules)
  const { maxBodyBytes = 0 } = opts
  fastify.decorate('lifecycle', watch(fastify))
  if (maxBodyBytes > 0) limitBodies(fastify, maxBodyBytes)
}

const plugin = fp(fastifyLifecycle, { fastify: '5.x', name: '@dockerflow/lifecycle' })

export type { FastifyLifecycleOptions, ServeOptions } from './options.ts'
export type { Servable, ServableApp } from './servable.ts'
export { serve } from './serve.ts'
export type { Lifecycle, OpenRequest }
export { plugin as default, plugin as fastifyLifecycle }
