import { addEndpoint } from '@dockerflow/endpoint'
import { boolean, checkOptions, rule, urlPath } from '@dockerflow/kit/options'
import type { FastifyPluginAsync } from 'fastify'
import fp from 'fastify-plugin'
import { ErrorPayload, Unauthorized } from '../dist/schemas.js'
import {
  DOCKERFLOW_ERROR_ALREADY_REGISTERED,
  DOCKERFLOW_ERROR_INVALID_OPTION,
  DOCKERFLOW_ERROR_PREFIXED_SCOPE,
  DOCKERFLOW_ERROR_TEST
} from './errors.ts'
import { bearer } from './token.ts'

export interface FastifyErrorOptions {
  /**
   * Path of the route.
   * @default '/__error__'
   */
  url?: string | undefined
  /**
   * Whether there is a route.
   * @default true with a `token`, else false
   */
  enabled?: boolean | undefined
  /**
   * The bearer token that callers must send. Visible ASCII characters.
   * @default none: with `enabled`, anyone may call it
   */
  token?: string | undefined
  /**
   * Leave the route out of the OpenAPI document.
   * @default false
   */
  hide?: boolean | undefined
}

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

const rules = {
  url: urlPath,
  enabled: boolean,
  token: rule(
    'a string of visible ASCII characters',
    (value) => typeof value === 'string' && /^[\x21-\x7e]+$/.test(value)
  ),
  hide: boolean
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

export { plugin as default, plugin as fastifyError }
