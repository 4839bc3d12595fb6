import { subscribe } from 'node:diagnostics_channel'
import type { FastifyInstance } from 'fastify'

/** What the instrumentations are given. */
export interface IgnoreDockerflow {
  /** Options of `HttpInstrumentation`. */
  http: { ignoreIncomingRequestHook(request: { url?: string | undefined }): boolean }
  /** Options of `FastifyOtelInstrumentation`. */
  fastify: { ignorePaths(route: { url: string; config?: unknown }): boolean }
}

/** What comes before the path of an absolute target. */
const origin = /^[^/?#]+:\/\/[^/?#]*/
/** The path, without the slash at its end: an app may ignore that (`ignoreTrailingSlash`). */
const pathOf = (url: string) => (url.replace(origin, '').split(/[?#]/, 1)[0] as string).replace(/\/$/, '')

const isOurs = (config: unknown) => (config as { dockerflow?: unknown } | undefined)?.dockerflow === true

/**
 * Leaves Dockerflow's endpoints out of both layers that make spans of requests: `@opentelemetry/instrumentation-http`,
 * and `@fastify/otel`. Call it before the apps are made: it notes the paths of all routes with `config.dockerflow`,
 * whatever their plugins' option `url` says. A path with parameters is known to `@fastify/otel` alone. Of several apps
 * in one process, the paths of each count for all.
 */
export function ignoreDockerflow(): IgnoreDockerflow {
  const paths = new Set<string>()
  // Fastify publishes each app that is made: the layer of HTTP has to know its paths before it routes.
  subscribe('fastify.initialization', (message) => {
    const { fastify } = message as { fastify: FastifyInstance }
    fastify.addHook('onRoute', ({ url, config }) => {
      if (isOurs(config)) paths.add(pathOf(url))
    })
  })
  return {
    http: { ignoreIncomingRequestHook: ({ url = '' }) => paths.has(pathOf(url)) },
    // It is asked of each route, and of each request.
    fastify: { ignorePaths: ({ url, config }) => isOurs(config) || paths.has(pathOf(url)) }
  }
}
