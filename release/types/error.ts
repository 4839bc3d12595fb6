import plugin, { type FastifyErrorOptions, fastifyError } from '@dockerflow/error'
import { expectTypeOf } from 'expect-type'
import Fastify, { type FastifyPluginAsync } from 'fastify'

expectTypeOf(plugin).toEqualTypeOf<FastifyPluginAsync<FastifyErrorOptions>>()
expectTypeOf(fastifyError).toEqualTypeOf(plugin)
expectTypeOf<FastifyErrorOptions>().toEqualTypeOf<{
  url?: string | undefined
  enabled?: boolean | undefined
  token?: string | undefined
  hide?: boolean | undefined
}>()

// @ts-expect-error a token is text
Fastify().register(plugin, { token: true })
