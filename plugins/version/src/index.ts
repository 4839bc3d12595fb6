import { addEndpoint } from '@dockerflow/endpoint'
import { checkOptions } from '@dockerflow/kit/options'
import type { FastifyPluginAsync } from 'fastify'
import fp from 'fastify-plugin'
import { NotFound, VersionObject as VersionObjectSchema } from '../dist/schemas.js'
import {
  DOCKERFLOW_VERSION_ALREADY_REGISTERED,
  DOCKERFLOW_VERSION_INVALID_OPTION,
  DOCKERFLOW_VERSION_PREFIXED_SCOPE
} from './errors.ts'
import { type FastifyVersionOptions, rules } from './options.ts'
import { loadVersion, loadVersionFile } from './version-file.ts'
import { members, type VersionObject } from './version-object.ts'

declare module 'fastify' {
  interface FastifyInstance {
    /** The version object that the route serves, frozen; null when there is no version file. */
    versionObject: VersionObject | null
  }
  interface FastifyContextConfig {
    /** True on each route of a Dockerflow plugin, so that a hook can leave them out. */
    dockerflow?: true
  }
}

const notFound = { statusCode: 404, error: 'Not Found', message: 'There is no version file' }

const schema = {
  summary: 'Which version is this?',
  response: { 200: VersionObjectSchema, 404: NotFound }
}

const fastifyVersion: FastifyPluginAsync<FastifyVersionOptions> = async (fastify, opts) => {
  checkOptions(opts, rules, DOCKERFLOW_VERSION_INVALID_OPTION)
  const { url = '/__version__', path, version, hide = false } = opts
  if (path !== undefined && version !== undefined) {
    throw new DOCKERFLOW_VERSION_INVALID_OPTION('version', 'excludes "path": give one of the two')
  }

  const file = path ?? '/app/version.json'
  const loaded = version === undefined ? await loadVersionFile(file) : await loadVersion(version)
  const from = version === undefined ? { path: file } : {}
  if (loaded === null) {
    fastify.log.warn(from, 'there is no version file')
  } else {
    const missing = members.filter((name) => !Object.hasOwn(loaded.object, name))
    if (missing.length > 0) fastify.log.warn({ ...from, missing }, 'the version object lacks members')
  }
  // Bytes in either case: a serializer or an error handler of the app's own makes nothing else of them.
  const code = loaded === null ? 404 : 200
  const bytes = loaded?.bytes ?? Buffer.from(JSON.stringify(notFound))

  addEndpoint(
    fastify,
    {
      plugin: '@dockerflow/version',
      url,
      hide,
      schema,
      // What watches a deployment asks often: exempt from @fastify/rate-limit.
      config: { rateLimit: false },
      // Dockerflow, Containerized App Requirements 4: the contents of the file.
      handler(_request, reply) {
        reply
          .code(code)
          .header('cache-control', 'no-store')
          .type('application/json; charset=utf-8')
          .send(bytes)
      }
    },
    {
      AlreadyRegistered: DOCKERFLOW_VERSION_ALREADY_REGISTERED,
      PrefixedScope: opts.url === undefined ? DOCKERFLOW_VERSION_PREFIXED_SCOPE : undefined
    }
  )
  fastify.decorate('versionObject', loaded?.object ?? null)
}

const plugin = fp(fastifyVersion, { fastify: '5.x', name: '@dockerflow/version' })

export type { FastifyVersionOptions, VersionObject }
export { plugin as default, plugin as fastifyVersion }
