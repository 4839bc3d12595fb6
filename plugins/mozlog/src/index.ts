import type { FastifyPluginAsync, FastifyRequest, onRequestHookHandler } from 'fastify'
import fp from 'fastify-plugin'
import { requestContext } from './context.ts'
import { DOCKERFLOW_MOZLOG_FOREIGN_LOGGER } from './errors.ts'
import { createMozlog, isMozlog, type MozlogOptions } from './logger.ts'
import { checkOptions, isBoolean, isFunction, isStrings } from './options.ts'
import { type MozlogFastifyOptions, type MozlogServerOptions, mozlogServerOptions } from './server-options.ts'
import { contextOf, failed, type SummaryOptions, summarySym } from './summary.ts'

export interface FastifyMozlogOptions {
  /**
   * Whether request.summary has the query string. It may hold secrets.
   * @default false
   */
  querystring?: boolean | undefined
  /**
   * Whether request.summary has the addresses that the request came through: the client's, as Fastify's
   * `trustProxy` tells it, and the proxies'.
   * @default true
   */
  remoteAddressChain?: boolean | undefined
  /** The user's id, for the field `uid`. */
  uid?: ((request: FastifyRequest) => string | undefined) | undefined
  /**
   * Routes, by the `url` that they were declared with, whose request.summary has `quietLevel`.
   * @default []
   */
  quiet?: string[] | undefined
  /**
   * What becomes of the request.summary of a quiet route: written at level debug, or not at all. An error's is
   * always written.
   * @default 'debug'
   */
  quietLevel?: 'debug' | 'silent' | undefined
  /**
   * Whether the lines of all of `createMozlog`'s loggers have the request's `rid` when they are written while it is
   * served, also of loggers that know nothing of the request (AsyncLocalStorage).
   * @default false
   */
  asyncContext?: boolean | undefined
}

/** The two places that Fastify takes the option in; its types lack the second. */
interface SemicolonConfig {
  useSemicolonDelimiter?: boolean
  routerOptions?: { useSemicolonDelimiter?: boolean }
}

const fastifyMozlog: FastifyPluginAsync<FastifyMozlogOptions> = async (fastify, opts) => {
  checkOptions(opts, {
    querystring: ['true or false', isBoolean],
    remoteAddressChain: ['true or false', isBoolean],
    uid: ['a function', isFunction],
    quiet: ['an array of route urls', isStrings],
    quietLevel: ['"debug" or "silent"', (value) => value === 'debug' || value === 'silent'],
    asyncContext: ['true or false', isBoolean]
  })
  if (!isMozlog(fastify.log)) {
    // Fastify's logger for `logger: false` has no level: nobody listens, and no line is missed.
    if (!('level' in fastify.log)) return
    throw new DOCKERFLOW_MOZLOG_FOREIGN_LOGGER()
  }
  const {
    querystring = false,
    remoteAddressChain = true,
    uid,
    quiet = [],
    quietLevel = 'debug',
    asyncContext = false
  } = opts
  const { useSemicolonDelimiter, routerOptions } = fastify.initialConfig as SemicolonConfig
  const delimiter = useSemicolonDelimiter || routerOptions?.useSemicolonDelimiter ? /[?#;]/ : /[?#]/
  const summary: SummaryOptions = {
    querystring,
    delimiter,
    remoteAddressChain,
    uid,
    quiet: new Set(quiet),
    quietLevel
  }
  fastify.decorate(summarySym, summary)
  fastify.addHook('onError', async (request, _reply, error) => failed(request, error))
  if (asyncContext) {
    const run: onRequestHookHandler = (request, _reply, done) => requestContext.run(contextOf(request), done)
    fastify.addHook('onRequest', run)
    // A body's last chunk comes in a context of its own, and what follows it runs in that one.
    fastify.addHook('preValidation', run)
  }
}

const plugin = fp(fastifyMozlog, { fastify: '5.x', name: '@dockerflow/mozlog' })

export type { MozlogFastifyOptions, MozlogOptions, MozlogServerOptions }
export { createMozlog, mozlogServerOptions, plugin as default, plugin as fastifyMozlog }
