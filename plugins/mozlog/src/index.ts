import { checkOptions } from '@dockerflow/kit/options'
import type { FastifyPluginAsync, onRequestHookHandler } from 'fastify'
import fp from 'fastify-plugin'
import { requestContext } from './context.ts'
import { DOCKERFLOW_MOZLOG_FOREIGN_LOGGER, DOCKERFLOW_MOZLOG_INVALID_OPTION } from './errors.ts'
import { isMozlog } from './instance.ts'
import { createMozlog } from './logger.ts'
import { type FastifyMozlogOptions, pluginRules } from './options.ts'
import { mozlogServerOptions } from './server-options.ts'
import { contextOf, failed, type SummaryOptions, summarySym } from './summary.ts'

/** The two places that Fastify takes the option in; its types lack the second. */
interface SemicolonConfig {
  useSemicolonDelimiter?: boolean
  routerOptions?: { useSemicolonDelimiter?: boolean }
}

const fastifyMozlog: FastifyPluginAsync<FastifyMozlogOptions> = async (fastify, opts) => {
  checkOptions(opts, pluginRules, DOCKERFLOW_MOZLOG_INVALID_OPTION)
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

export type { FastifyMozlogOptions, MozlogOptions, MozlogServerOptions } from './options.ts'
export type { MozlogFastifyOptions } from './server-options.ts'
export { createMozlog, mozlogServerOptions, plugin as default, plugin as fastifyMozlog }
