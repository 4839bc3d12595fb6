import plugin, { type FastifyVersionOptions, fastifyVersion, type VersionObject } from '@dockerflow/version'
import { expectTypeOf } from 'expect-type'
import Fastify, { type FastifyPluginAsync } from 'fastify'

expectTypeOf(plugin).toEqualTypeOf<FastifyPluginAsync<FastifyVersionOptions>>()
expectTypeOf(fastifyVersion).toEqualTypeOf(plugin)
expectTypeOf<FastifyVersionOptions>().toEqualTypeOf<{
  url?: string | undefined
  path?: string | undefined
  version?: VersionObject | (() => VersionObject | Promise<VersionObject>) | undefined
  hide?: boolean | undefined
}>()
expectTypeOf<VersionObject['commit']>().toEqualTypeOf<string | undefined>()
expectTypeOf<VersionObject['any other']>().toBeUnknown()

const app = Fastify()
expectTypeOf(app.versionObject).toEqualTypeOf<VersionObject | null>()
// Fastify's own version stays what it is.
expectTypeOf(app.version).toBeString()
app.register(plugin, { version: async () => ({ version: '1.0.0' }) })
// @ts-expect-error a commit is text
app.register(plugin, { version: { commit: 7 } })
