import { join } from 'node:path'
import dockerflow from '@dockerflow/all'
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
  await fastify.register(dockerflow, {
    mozlog: { quiet: ['/status'] }, // the page asks every two seconds
    version: { path: versionFile },
    heartbeat: { checks: services.checks },
    error: { token: errorToken }
  })

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
