import plugin, { type FastifyVersionOptions, fastifyVersion, type VersionObject } from '@dockerflow/version'
import { versionCommand } from '@dockerflow/version/command'
import type { NotFound } from '@dockerflow/version/schema'
import { expectTypeOf } from 'expect-type'
import Fastify, { type FastifyPluginAsync } from 'fastify'
import type { Static } from 'typebox'

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
expectTypeOf(versionCommand).toEqualTypeOf<(args: string[], name?: string) => Promise<number>>()
expectTypeOf<Static<typeof NotFound>['statusCode']>().toBeNumber()

const app = Fastify()
expectTypeOf(app.versionObject).toEqualTypeOf<VersionObject | null>()
// Fastify's own version stays what it is.
expectTypeOf(app.version).toBeString()
app.register(plugin, { version: async () => ({ version: '1.0.0' }) })
// @ts-expect-error a commit is text
app.register(plugin, { version: { commit: 7 } })
