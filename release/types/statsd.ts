import plugin, { type FastifyStatsdOptions, fastifyStatsd, type Statsd, type Tags } from '@dockerflow/statsd'
import type { MetricsPayload } from '@dockerflow/statsd/schema'
import { expectTypeOf } from 'expect-type'
import Fastify, { type FastifyPluginAsync } from 'fastify'
import type { Static } from 'typebox'

expectTypeOf(plugin).toEqualTypeOf<FastifyPluginAsync<FastifyStatsdOptions>>()
expectTypeOf(fastifyStatsd).toEqualTypeOf(plugin)
expectTypeOf<FastifyStatsdOptions['port']>().toEqualTypeOf<number | undefined>()
expectTypeOf<FastifyStatsdOptions['metricsUrl']>().toEqualTypeOf<string | undefined>()
expectTypeOf<Tags>().toEqualTypeOf<Record<string, string>>()
expectTypeOf<Static<typeof MetricsPayload>>().toBeString()

const app = Fastify()
expectTypeOf(app.statsd).toEqualTypeOf<Statsd>()
expectTypeOf(app.statsd.increment).toEqualTypeOf<(name: string, value?: number, tags?: Tags) => void>()
app.statsd.timing('t', 5, { route: '/' })
// @ts-expect-error a gauge has a value
app.statsd.gauge('g')
