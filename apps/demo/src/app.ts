import { join } from 'node:path'
import fastifyError from '@dockerflow/error'
import fastifyHeartbeat from '@dockerflow/heartbeat'
import fastifyLbheartbeat from '@dockerflow/lbheartbeat'
import fastifyLifecycle from '@dockerflow/lifecycle'
import fastifyMozlog from '@dockerflow/mozlog'
import fastifyStatsd from '@dockerflow/statsd'
import fastifyVersion from '@dockerflow/version'
import fastifyHelmet from '@fastify/helmet'
import fastifyStatic from '@fastify/static'
import type { FastifyInstance } from 'fastify'
import { Status } from '../dist/schemas.js'
import type { BackingServices } from './backing-services.ts'

export interface AppOptions {
  /** Path of the version file. */
  versionFile: string
  services: BackingServices
  /** What `/__error__` asks for; without it there is no such route. */
  errorToken?: string | undefined
}

/** The whole service: Dockerflow's endpoints and a page that shows what they say. */
export default async function app(
  fastify: FastifyInstance,
  { versionFile, services, errorToken }: AppOptions
) {
  // One by one, to show what each does; `@dockerflow/all` registers the same in one call.
  // A request.summary for each request, but for the page's own, which it sends every two seconds.
  await fastify.register(fastifyMozlog, { quiet: ['/status'] })
  // Connections that no request keeps open are closed when the app closes.
  await fastify.register(fastifyLifecycle)
  // /__lbheartbeat__ for the load balancer: whether this process takes requests, whatever its database does.
  await fastify.register(fastifyLbheartbeat)
  // /__version__: what CI wrote into the image.
  await fastify.register(fastifyVersion, { path: versionFile })
  // /__heartbeat__: whether the backing services work.
  await fastify.register(fastifyHeartbeat, { checks: services.checks })
  // Metrics of all of the above, to $STATSD_HOST where that is set.
  await fastify.register(fastifyStatsd)
  // /__error__: shows that errors are reported, to callers with the token.
  await fastify.register(fastifyError, { token: errorToken })

  fastify.addHook('onClose', () => services.close())

  await fastify.register(fastifyHelmet, {
    contentSecurityPolicy: {
      useDefaults: false,
      directives: {
        defaultSrc: ["'none'"],
        baseUri: ["'none'"],
        connectSrc: ["'self'"],
        formAction: ["'none'"],
        frameAncestors: ["'none'"],
        imgSrc: ["'self'"],
        scriptSrc: ["'self'"],
        styleSrc: ["'self'"]
      }
    },
    // Whether this host is only ever reached by TLS is known to what ends the TLS, not to this process.
    strictTransportSecurity: false
  })
  await fastify.register(fastifyStatic, {
    root: join(import.meta.dirname, 'public'),
    cacheControl: false,
    // The files of an image all have one time of change: two builds would share validators made from it.
    etag: false,
    lastModified: false,
    setHeaders(reply, path) {
      // The names of assets hold a hash of their content (Dockerflow, serving static content).
      const hashed = path.includes('/assets/')
      reply.header('cache-control', hashed ? 'public, max-age=31536000, immutable' : 'no-cache')
    }
  })

  // The page's own view: always 200, since a browser writes each 5xx that a page fetches to its console.
  fastify.get('/status', { schema: { response: { 200: Status } } }, async (_request, reply) => {
    reply.header('cache-control', 'no-store')
    return { version: fastify.versionObject, heartbeat: await fastify.heartbeat.run() }
  })
}
