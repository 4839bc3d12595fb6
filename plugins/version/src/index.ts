import { addEndpoint } from '@dockerflow/endpoint'
import { anything, boolean, checkOptions, rule, text, urlPath } from '@dockerflow/kit/options'
import type { FastifyPluginAsync } from 'fastify'
import fp from 'fastify-plugin'
import { NotFound, VersionObject as VersionObjectSchema } from '../dist/schemas.js'
import {
  DOCKERFLOW_VERSION_ALREADY_REGISTERED,
  DOCKERFLOW_VERSION_INVALID_OPTION,
  DOCKERFLOW_VERSION_PREFIXED_SCOPE
} from './errors.ts'
import { loadVersion, loadVersionFile } from './load-version.ts'
import { MEMBERS, type VersionObject } from './version-object.ts'

export type { VersionObject }

export interface FastifyVersionOptions {
  /**
   * Path of the route.
   * @default '/__version__'
   */
  url?: string | undefined
  /**
   * Path of the version file. It is read once, while registering.
   * @default '/app/version.json'
   */
  path?: string | undefined
  /**
   * The version object itself, in place of a file; or a function that returns or resolves with it, called
   * once, while registering.
   * @default undefined
   */
  version?: VersionObject | (() => VersionObject | Promise<VersionObject>) | undefined
  /**
   * Leave the route out of the OpenAPI document.
   * @default false
   */
  hide?: boolean | undefined
}

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

const NOT_FOUND = { statusCode: 404, error: 'Not Found', message: 'There is no version file' }

const schema = {
  summary: 'Which version is this?',
  response: { 200: VersionObjectSchema, 404: NotFound }
}

const rules = {
  url: urlPath,
  path: rule('the path of a file', text.accepts),
  version: anything,
  hide: boolean
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
    const missing = MEMBERS.filter((name) => !Object.hasOwn(loaded.object, name))
    if (missing.length > 0) fastify.log.warn({ ...from, missing }, 'the version object lacks members')
  }
  // Bytes in either case: a serializer or an error handler of the app's own makes nothing else of them.
  const code = loaded === null ? 404 : 200
  const bytes = loaded?.bytes ?? Buffer.from(JSON.stringify(NOT_FOUND))

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
      handler: async (_request, reply) =>
        reply
          .code(code)
          .header('cache-control', 'no-store')
          .type('application/json; charset=utf-8')
          .send(bytes)
    },
    {
      AlreadyRegistered: DOCKERFLOW_VERSION_ALREADY_REGISTERED,
      PrefixedScope: opts.url === undefined ? DOCKERFLOW_VERSION_PREFIXED_SCOPE : undefined
    }
  )
  fastify.decorate('versionObject', loaded?.object ?? null)
}

const plugin = fp(fastifyVersion, { fastify: '5.x', name: '@dockerflow/version' })

export { plugin as default, plugin as fastifyVersion }
