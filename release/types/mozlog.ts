import plugin, {
  createMozlog,
  type FastifyMozlogOptions,
  fastifyMozlog,
  type MozlogFastifyOptions,
  type MozlogOptions,
  type MozlogServerOptions,
  mozlogServerOptions,
  type SummaryLevel,
  type TraceContext
} from '@dockerflow/mozlog'
import { logsCommand } from '@dockerflow/mozlog/command'
import { type NestLogger, nestLogger } from '@dockerflow/mozlog/nest'
import pretty, { type MozlogPrettyOptions, mozlogPretty } from '@dockerflow/mozlog/pretty'
import { type MozlogRecord, mozlogErrors } from '@dockerflow/mozlog/schema'
import { expectTypeOf } from 'expect-type'
import Fastify, { type FastifyBaseLogger, type FastifyPluginAsync, type FastifyServerOptions } from 'fastify'
import type { Logger } from 'pino'
import type { Static } from 'typebox'

expectTypeOf(plugin).toEqualTypeOf<FastifyPluginAsync<FastifyMozlogOptions>>()
expectTypeOf(fastifyMozlog).toEqualTypeOf(plugin)
expectTypeOf<FastifyMozlogOptions['quietLevel']>().toEqualTypeOf<'debug' | 'silent' | undefined>()
expectTypeOf<'info' | 'silent'>().toExtend<SummaryLevel>()
expectTypeOf<FastifyMozlogOptions['summaryLevel']>()
  .exclude<undefined>()
  .returns.toEqualTypeOf<SummaryLevel | undefined>()
expectTypeOf<TraceContext>().toEqualTypeOf<{ traceId: string; spanId: string; sampled: boolean }>()
expectTypeOf(logsCommand).toEqualTypeOf<(args: string[], name?: string) => number>()

expectTypeOf(createMozlog).toEqualTypeOf<(opts?: MozlogOptions) => Logger>()
expectTypeOf<MozlogOptions['logger']>().toEqualTypeOf<string | undefined>()
// What may be unset, as a variable of the environment, is passed as it is.
expectTypeOf<{ level: string | undefined; logger: undefined }>().toExtend<MozlogOptions>()
expectTypeOf<{ querystring: undefined; uid: undefined }>().toExtend<FastifyMozlogOptions>()
// What the schema decides is not an option.
expectTypeOf<MozlogOptions>().not.toHaveProperty('base')
expectTypeOf<MozlogOptions>().not.toHaveProperty('timestamp')

expectTypeOf<MozlogServerOptions>().toExtend<MozlogOptions>()
expectTypeOf(mozlogServerOptions).toEqualTypeOf<(opts?: MozlogServerOptions) => MozlogFastifyOptions>()
expectTypeOf<MozlogFastifyOptions>().toExtend<FastifyServerOptions>()
const app = Fastify({ ...mozlogServerOptions({ logger: 'shop' }), trustProxy: true })
app.register(plugin, { quiet: ['/__lbheartbeat__'] })
// @ts-expect-error the query string is logged or not
app.register(plugin, { querystring: 'yes' })

expectTypeOf(mozlogPretty).parameter(0).toEqualTypeOf<MozlogPrettyOptions | undefined>()
expectTypeOf(pretty).returns.toExtend<NodeJS.WritableStream>()
expectTypeOf<MozlogPrettyOptions['color']>().toEqualTypeOf<boolean | undefined>()

expectTypeOf<MozlogRecord>().toEqualTypeOf<Static<typeof MozlogRecord>>()
expectTypeOf<MozlogRecord['Timestamp']>().toBeNumber()
expectTypeOf(mozlogErrors).toEqualTypeOf<(line: string) => string[]>()
expectTypeOf(nestLogger).toEqualTypeOf<(log: FastifyBaseLogger) => NestLogger>()
expectTypeOf<NestLogger['verbose']>().toBeCallableWith('hello', 'OrdersService')
