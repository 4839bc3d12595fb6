import { addEndpoint } from '@dockerflow/endpoint'
import { checkOptions } from '@dockerflow/kit/options'
import type { FastifyPluginAsync } from 'fastify'
import fp from 'fastify-plugin'
import { ErrorPayload, Unauthorized } from '../dist/schemas.js'
import {
  DOCKERFLOW_ERROR_ALREADY_REGISTERED,
  DOCKERFLOW_ERROR_INVALID_OPTION,
  DOCKERFLOW_ERROR_PREFIXED_SCOPE,
  DOCKERFLOW_ERROR_TEST
} from './errors.ts'
import { type FastifyErrorOptions, rules } from './options.ts'
import { bearer } from './token.ts'

declare module 'fastify' {
  interface FastifyContextConfig {
    /** True on each route of a Dockerflow plugin, so that a hook can leave them out. */
    dockerflow?: true
  }
}

const schema = {
  summary: 'Throws, to prove that errors are reported.',
  response: { 401: Unauthorized, 500: ErrorPayload }
}

const fastifyError: FastifyPluginAsync<FastifyErrorOptions> = async (fastify, opts) => {
  checkOptions(opts, rules, DOCKERFLOW_ERROR_INVALID_OPTION)
  const { url = '/__error__', token, enabled = token !== undefined, hide = false } = opts
  if (!enabled) return

  const authorized = token === undefined ? () => true : bearer(token)

  addEndpoint(
    fastify,
    {
      plugin: '@dockerflow/error',
      url,
      hide,
      schema,
      handler: async (request, reply) => {
        reply.header('cache-control', 'no-store')
        if (!authorized(request.headers.authorization)) {
          // Sent, not thrown: a caller's mistake must not look like an error of the service.
          reply.code(401).header('www-authenticate', 'Bearer')
          return { statusCode: 401, error: 'Unauthorized', message: 'The token is missing or wrong' }
        }
        request.log.error('The __error__ endpoint was called')
        throw new DOCKERFLOW_ERROR_TEST()
      }
    },
    {
      AlreadyRegistered: DOCKERFLOW_ERROR_ALREADY_REGISTERED,
      PrefixedScope: opts.url === undefined ? DOCKERFLOW_ERROR_PREFIXED_SCOPE : undefined
    }
  )
}

const plugin = fp(fastifyError, { fastify: '5.x', name: '@dockerflow/error' })

export type { FastifyErrorOptions }
export { plugin as default, plugin as fastifyError }
