import type { IncomingMessage, ServerResponse } from 'node:http'
import { checkOptions } from '@dockerflow/kit/options'
import type { FastifyPluginAsync, onRequestHookHandler } from 'fastify'
import fp from 'fastify-plugin'
import { requestContext } from './context.ts'
import { DOCKERFLOW_MOZLOG_FOREIGN_LOGGER, DOCKERFLOW_MOZLOG_INVALID_OPTION } from './errors.ts'
import { onExit } from './exit.ts'
import { isMozlog, setupSym } from './instance.ts'
import { createMozlog } from './logger.ts'
import { type FastifyMozlogOptions, pluginRules } from './options.ts'
import { mozlogServerOptions } from './server-options.ts'
import { contextOf, failed, type Summaries, summarySym, type Unrouted, watchUnrouted } from './summary.ts'
import { noteTraces } from './trace-hooks.ts'

/** Functions of an app's own by which Fastify's router answers without Fastify. */
const unrouted = ['defaultRoute', 'onBadUrl', 'onMaxParamLength'] as const

/** What Fastify was made with; its types lack some of it. */
interface Config {
  connectionTimeout?: number
  useSemicolonDelimiter?: boolean
  routerOptions?: { useSemicolonDelimiter?: boolean } & Partial<Record<(typeof unrouted)[number], unknown>>
}

const fastifyMozlog: FastifyPluginAsync<FastifyMozlogOptions> = async (fastify, opts) => {
  checkOptions(opts, pluginRules, DOCKERFLOW_MOZLOG_INVALID_OPTION)
  const { log } = fastify
  if (!isMozlog(log)) {
    // Fastify's logger for `logger: false` has no level: nobody listens, and no line is missed.
    if (!('level' in log)) return
    throw new DOCKERFLOW_MOZLOG_FOREIGN_LOGGER()
  }
  const {
    querystring = false,
    remoteAddressChain = true,
    uid,
    quiet = [],
    quietStatusCodes = [],
    quietLevel = 'debug',
    summaryLevel,
    sampleRate = 1,
    slow = 1000,
    asyncContext = false
  } = opts
  const { connectionTimeout = 0, useSemicolonDelimiter, routerOptions } = fastify.initialConfig as Config
  const delimiter = useSemicolonDelimiter || routerOptions?.useSemicolonDelimiter ? /[?#;]/ : /[?#]/
  const summaries: Summaries = {
    querystring,
    delimiter,
    remoteAddressChain,
    uid,
    quiet: new Set(quiet),
    quietStatusCodes: new Set(quietStatusCodes),
    quietLevel,
    summaryLevel,
    sampleRate,
    slow,
    chosen: quiet.length > 0 || quietStatusCodes.length > 0 || summaryLevel !== undefined || sampleRate < 1,
    closing: false,
    timeout: connectionTimeout > 0,
    open: new Set()
  }
  fastify.decorate(summarySym, summaries)
  fastify.addHook('onError', (request, reply, error, done) => {
    failed(request, reply, error)
    done()
  })
  // Another's x-request-id, such as of the service that a proxy asked, gives way to ours.
  fastify.addHook('onSend', (request, reply, _payload, done) => {
    if (reply.getHeader('x-request-id') !== request.id) reply.header('x-request-id', request.id)
    done()
  })
  const { traceContext } = log[setupSym]
  if (traceContext !== undefined) noteTraces(fastify, traceContext)
  if (asyncContext) {
    const run: onRequestHookHandler = (request, _reply, done) => requestContext.run(contextOf(request), done)
    fastify.addHook('onRequest', run)
    // A body's last chunk comes in a context of its own, and what follows it runs in that one.
    fastify.addHook('preValidation', run)
  }
  if (unrouted.some((name) => routerOptions?.[name] !== undefined)) {
    fastify.server.prependListener('request', (raw: IncomingMessage, response: ServerResponse) =>
      watchUnrouted(fastify as unknown as Unrouted, raw, response, summaries)
    )
  }

  /** Each request that is still open has its summary before the process ends. */
  const offExit = onExit(() => {
    summaries.closing = true
    for (const end of summaries.open) end()
  })
  fastify.addHook('preClose', (done) => {
    summaries.closing = true
    done()
  })
  fastify.addHook('onClose', (_fastify, done) => {
    // A websocket may be open for longer than the app.
    if (summaries.open.size === 0) offExit()
    done()
  })
  fastify.addHook('onReady', (done) => {
    const { versionObject } = fastify as { versionObject?: { version?: string } | null }
    if (versionObject?.version) log[setupSym].service.version = versionObject.version
    done()
  })
}

const plugin = fp(fastifyMozlog, { fastify: '5.x', name: '@dockerflow/mozlog' })

export type { FastifyMozlogOptions, MozlogOptions, MozlogServerOptions, SummaryLevel } from './options.ts'
export type { MozlogFastifyOptions } from './server-options.ts'
export type { TraceContext } from './trace.ts'
export { createMozlog, mozlogServerOptions, plugin as default, plugin as fastifyMozlog }
