import plugin, { type FastifyErrorOptions, fastifyError } from '@dockerflow/error'
import type { ErrorPayload, Unauthorized } from '@dockerflow/error/schema'
import { expectTypeOf } from 'expect-type'
import Fastify, { type FastifyPluginAsync } from 'fastify'
import type { Static } from 'typebox'

expectTypeOf(plugin).toEqualTypeOf<FastifyPluginAsync<FastifyErrorOptions>>()
expectTypeOf(fastifyError).toEqualTypeOf(plugin)
expectTypeOf<FastifyErrorOptions>().toEqualTypeOf<{
  url?: string | undefined
  enabled?: boolean | undefined
  token?: string | undefined
  hide?: boolean | undefined
}>()

expectTypeOf<ErrorPayload>().toEqualTypeOf<Static<typeof ErrorPayload>>()
expectTypeOf<ErrorPayload['message']>().toEqualTypeOf<string | undefined>()
expectTypeOf<Unauthorized>().toEqualTypeOf<Static<typeof Unauthorized>>()

// @ts-expect-error a token is text
Fastify().register(plugin, { token: true })
