import type { FastifyContextConfig, FastifyInstance, FastifySchema, RouteHandlerMethod } from 'fastify'

declare module 'fastify' {
  interface FastifyContextConfig {
    /** True on each route of a Dockerflow plugin, so that a hook can leave them out. */
    dockerflow?: true
  }
}

/** A route of a plugin. */
export interface Endpoint {
  /** The plugin's npm name. */
  plugin: string
  /** Its path, within the scope's prefix. */
  url: string
  /** Whether the OpenAPI document leaves the route out. */
  hide: boolean
  /** What the OpenAPI document says of it. It changes no answer. */
  schema: FastifySchema & { summary: string }
  /** The route's `config`, beside what each endpoint has. */
  config?: FastifyContextConfig & Record<string, unknown>
  /** Answers GET and HEAD. */
  handler: RouteHandlerMethod
  /** Answers OPTIONS, where the endpoint has an answer to that. */
  onOptions?: RouteHandlerMethod
}

/** The plugin's own errors for a place where the route can't be. */
export interface EndpointErrors {
  /** `fault` says which plugin or path is taken, and what to do. */
  AlreadyRegistered: new (
    fault: string
  ) => Error
  /** The scope's prefix would move the default path. Leave it out where the user chose the path. */
  PrefixedScope?: (new (url: string, movedTo: string) => Error) | undefined
}

/**
 * Adds a route that answers GET and HEAD, with and without a trailing slash, whatever the app around it does to its
 * other routes: the route brings its own compilers, has `config.dockerflow`, and `@fastify/under-pressure` lets it be.
 *
 * Call it before `decorate()`: it throws `AlreadyRegistered` where the scope has the plugin, or the path has a route,
 * and `PrefixedScope` where a prefix would move the default path.
 */
export function addEndpoint(fastify: FastifyInstance, endpoint: Endpoint, errors: EndpointErrors): void {
  const { plugin, url, schema, config, handler, onOptions } = endpoint
  const prefix = fastify.prefix.replace(/\/$/, '')
  const path = prefix + url
  const mark = Symbol.for(plugin)
  if (Object.hasOwn(fastify, mark)) {
    throw new errors.AlreadyRegistered('the plugin is registered already; register it once')
  }
  if (errors.PrefixedScope && prefix !== '') throw new errors.PrefixedScope(url, path)
  if (fastify.hasRoute({ method: 'GET', url: path })) {
    throw new errors.AlreadyRegistered(
      `"${path}" has a route already; register the plugin once, or set its option "url"`
    )
  }
  fastify.decorate(mark, path)

  const slashed = `${url}/`
  const isTaken = ignoresTrailingSlash(fastify) || fastify.hasRoute({ method: 'GET', url: prefix + slashed })
  // After a wildcard or an optional parameter a path can't go on.
  const urls = isTaken || /[/*?]$/.test(url) ? [url] : [url, slashed]
  for (const one of urls) {
    const hide = endpoint.hide || one !== url
    const route = { url: one, schema: { tags: ['dockerflow'], ...schema, hide }, ...compilers }
    const shared = { ...config, ...ownConfig }
    fastify.route({ ...route, method: ['GET', 'HEAD'], config: shared, handler })
    if (onOptions) {
      // @fastify/cors answers 400 to an OPTIONS request that asks for no cross-origin access.
      const own = { ...shared, cors: false }
      const hidden = { ...route.schema, hide: true }
      fastify.route({ ...route, method: 'OPTIONS', schema: hidden, config: own, handler: onOptions })
    }
  }
}

// An app's own compilers take its own kind of schema, such as Zod's, and throw at any other.
const compilers = { validatorCompiler: () => () => true, serializerCompiler: () => serialise }

const ownConfig = {
  dockerflow: true as const,
  // @fastify/under-pressure: an overloaded process is to be seen, not taken out or restarted.
  pressureHandler: () => {},
  // @fastify/swagger: the app's transform reads its own kind of schema as well.
  swaggerTransform: false
}

/** Fastify has moved the option. */
function ignoresTrailingSlash({ initialConfig }: FastifyInstance): boolean {
  type Config = { ignoreTrailingSlash?: boolean; routerOptions?: { ignoreTrailingSlash?: boolean } }
  const { ignoreTrailingSlash, routerOptions } = initialConfig as Config
  return { ignoreTrailingSlash, ...routerOptions }.ignoreTrailingSlash === true
}

/** The body as JSON. An error, such as one that a hook of the app throws, keeps the form that Fastify gives it. */
function serialise(data: unknown): string {
  if (!(data instanceof Error)) return JSON.stringify(data)
  const { statusCode, code, error, message } = data as Error &
    Record<'statusCode' | 'code' | 'error', unknown>
  return JSON.stringify({ statusCode, code, error, message })
}
