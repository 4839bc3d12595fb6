import type { ServerOptions as HttpOptions } from 'node:http'
import type { SecureServerOptions } from 'node:http2'
import type { ServerOptions as HttpsOptions } from 'node:https'
import { anObject, checkOptions, nothing } from '@dockerflow/kit/options'
import { type MozlogFastifyOptions, type MozlogServerOptions, mozlogServerOptions } from '@dockerflow/mozlog'
import type { FastifyServerOptions } from 'fastify'
import { DOCKERFLOW_ALL_INVALID_OPTION } from './errors.ts'

/** What mozlog sets, of Fastify's options. */
type MozlogOwn =
  | 'disableRequestLogging'
  | 'logController'
  | 'loggerInstance'
  | 'requestIdHeader'
  | 'requestIdLogLabel'

/** Fastify's own options, but for those that mozlog sets. They are documented at https://fastify.dev. */
export interface FastifyOwnOptions extends Omit<FastifyServerOptions, 'logger' | MozlogOwn> {
  /** Options of Node's HTTP server, such as `headersTimeout`. */
  http?: HttpOptions | null
  /** Options of Node's HTTPS server. */
  https?: HttpsOptions | (SecureServerOptions & HttpOptions) | null
  http2?: boolean
  http2SessionTimeout?: number
}

/** The options of `@dockerflow/mozlog`, and any of Fastify's. */
export interface DockerflowServerOptions extends MozlogServerOptions, FastifyOwnOptions {}

/** What `Fastify()` takes. */
export type DockerflowFastifyOptions<Options> = MozlogFastifyOptions &
  Omit<Options, keyof MozlogServerOptions> & { requestTimeout: number }

/** Each of Fastify's options: the compiler says when Fastify has one more. */
const fastifyNames: Record<keyof FastifyOwnOptions, true> = {
  ajv: true,
  allowErrorHandlerOverride: true,
  allowUnsafeRegex: true,
  bodyLimit: true,
  caseSensitive: true,
  childLoggerFactory: true,
  clientErrorHandler: true,
  connectionTimeout: true,
  constraints: true,
  exposeHeadRoutes: true,
  forceCloseConnections: true,
  frameworkErrors: true,
  genReqId: true,
  handlerTimeout: true,
  http: true,
  http2: true,
  http2SessionTimeout: true,
  https: true,
  ignoreDuplicateSlashes: true,
  ignoreTrailingSlash: true,
  keepAliveTimeout: true,
  maxParamLength: true,
  maxRequestsPerSocket: true,
  onConstructorPoisoning: true,
  onProtoPoisoning: true,
  pluginTimeout: true,
  querystringParser: true,
  requestTimeout: true,
  return503OnClosing: true,
  rewriteUrl: true,
  routerOptions: true,
  schemaController: true,
  schemaErrorFormatter: true,
  serializerOpts: true,
  serverFactory: true,
  trustProxy: true,
  useSemicolonDelimiter: true
}

const leftOut = { ...nothing, expected: 'left out, since mozlog sets it' }
const mozlogOwn: Record<MozlogOwn, typeof leftOut> = {
  disableRequestLogging: leftOut,
  logController: leftOut,
  loggerInstance: leftOut,
  requestIdHeader: { ...nothing, expected: 'left out; use requestIdHeaders' },
  requestIdLogLabel: leftOut
}

/**
 * What `Fastify()` takes, for a service that logs in mozlog and doesn't wait for clients that never finish: a request
 * has to arrive within 60 s (`requestTimeout`), its headers within 10 s (`http.headersTimeout`), and every 5 s
 * (`http.connectionsCheckingInterval`) connections that are late are answered with 408 and closed. Any of Fastify's
 * options may be given beside mozlog's, these three too.
 *
 * `export const options = dockerflowServerOptions()` is what `fastify start --options` takes.
 *
 * @throws DOCKERFLOW_MOZLOG_INVALID_OPTION, DOCKERFLOW_ALL_INVALID_OPTION
 */
export function dockerflowServerOptions<Options extends DockerflowServerOptions = Record<never, never>>(
  opts?: Options
): DockerflowFastifyOptions<Options> {
  const mozlog: Record<string, unknown> = {}
  const fastify: FastifyOwnOptions = {}
  const own: Record<string, unknown> = {}
  if (opts !== undefined && !anObject.accepts(opts)) checkOptions(opts, {}, DOCKERFLOW_ALL_INVALID_OPTION)
  for (const [name, value] of Object.entries(opts ?? {})) {
    if (Object.hasOwn(fastifyNames, name)) Object.assign(fastify, { [name]: value })
    else if (Object.hasOwn(mozlogOwn, name)) own[name] = value
    else mozlog[name] = value
  }
  checkOptions(own, mozlogOwn, DOCKERFLOW_ALL_INVALID_OPTION)
  const { http, https } = fastify
  // Fastify sets the server's from its own option alone.
  const { requestTimeout = (https || http || ({} as HttpOptions)).requestTimeout ?? 60_000 } = fastify
  const limits = {
    // Node refuses one that is longer than that of the whole request.
    headersTimeout: Math.min(10_000, requestTimeout || 10_000),
    connectionsCheckingInterval: 5000
  }
  const server = https ? { https: { ...limits, ...https } } : { http: { ...limits, ...http } }
  const options = {
    ...mozlogServerOptions(mozlog),
    ...fastify,
    ...server,
    requestTimeout,
    // Over the one that fastify-cli has made: Fastify takes a logger, or an instance of one.
    logger: undefined
  }
  return options as unknown as DockerflowFastifyOptions<Options>
}
