import plugin, {
  type CheckContext,
  type CheckMessage,
  type CheckOptions,
  type CheckResult,
  critical,
  error,
  type FastifyHeartbeatOptions,
  fastifyHeartbeat,
  type Heartbeat,
  type HeartbeatCheck,
  type HeartbeatCheckObject,
  type HeartbeatPayload,
  type HeartbeatResult,
  type HeartbeatTransition,
  type heartbeatPayloadSchema,
  info,
  Level,
  warning
} from '@dockerflow/heartbeat'
import type { HealthEntry, HealthPayload } from '@dockerflow/heartbeat/schema'
import { expectTypeOf } from 'expect-type'
import Fastify, { type FastifyPluginAsync, type FastifyRequest } from 'fastify'
import type { Static } from 'typebox'

expectTypeOf(plugin).toEqualTypeOf<FastifyPluginAsync<FastifyHeartbeatOptions>>()
expectTypeOf(fastifyHeartbeat).toEqualTypeOf(plugin)

expectTypeOf<keyof CheckOptions>().toEqualTypeOf<
  | 'wait'
  | 'timeout'
  | 'connectTimeout'
  | 'ttl'
  | 'maxStale'
  | 'slow'
  | 'level'
  | 'failureThreshold'
  | 'successThreshold'
  | 'interval'
>()
expectTypeOf<CheckOptions[keyof CheckOptions]>().toEqualTypeOf<number | undefined>()
expectTypeOf<FastifyHeartbeatOptions>().toExtend<CheckOptions>()
expectTypeOf<FastifyHeartbeatOptions['checks']>().toEqualTypeOf<Record<string, HeartbeatCheck> | undefined>()
expectTypeOf<FastifyHeartbeatOptions['details']>().toEqualTypeOf<
  boolean | ((request: FastifyRequest) => boolean) | undefined
>()

expectTypeOf(Level.CRITICAL).toEqualTypeOf<50>()
for (const message of [info, warning, error, critical]) {
  expectTypeOf(message).toEqualTypeOf<(id: string, message: string, err?: unknown) => CheckMessage>()
}
// biome-ignore lint/suspicious/noConfusingVoidType: a check may have no return statement
expectTypeOf<CheckResult>().toEqualTypeOf<void | CheckMessage | CheckMessage[]>()
expectTypeOf<CheckContext>().toEqualTypeOf<{ signal: AbortSignal }>()

expectTypeOf(() => {}).toExtend<HeartbeatCheck>()
expectTypeOf(async () => [warning('app.W001', 'slow')]).toExtend<HeartbeatCheck>()
expectTypeOf<{ run(): void; ttl: number; close(): Promise<void> }>().toExtend<HeartbeatCheckObject>()
expectTypeOf<() => string>().not.toExtend<HeartbeatCheck>()
expectTypeOf<{ ttl: number }>().not.toExtend<HeartbeatCheck>()

expectTypeOf<HeartbeatPayload>().toEqualTypeOf<Static<typeof heartbeatPayloadSchema>>()
// As json-schema-to-ts makes it of the schema, where nothing says that there are no other members.
expectTypeOf<HeartbeatPayload>().toExtend<{ [name: string]: unknown; status: string }>()
expectTypeOf<HeartbeatPayload['status']>().toBeString()
expectTypeOf<HeartbeatPayload['checks']>().toEqualTypeOf<Record<string, string> | undefined>()
expectTypeOf<HeartbeatResult>().toEqualTypeOf<{ check: string; level: number; duration: number }>()
expectTypeOf<HeartbeatTransition>().toEqualTypeOf<{ check: string; level: number; previousLevel: number }>()
expectTypeOf<HealthEntry['observedValue']>().toEqualTypeOf<number | undefined>()
expectTypeOf<HealthPayload>().toEqualTypeOf<Static<typeof HealthPayload>>()

const app = Fastify()
expectTypeOf(app.heartbeat).toEqualTypeOf<Heartbeat>()
expectTypeOf(app.heartbeat.addCheck).parameters.toEqualTypeOf<[name: string, check: HeartbeatCheck]>()
expectTypeOf(app.heartbeat.run).returns.resolves.toEqualTypeOf<HeartbeatPayload>()
expectTypeOf(app.heartbeat.snapshot).returns.toEqualTypeOf<HeartbeatPayload>()
app.heartbeat.onTransition((transition) => expectTypeOf(transition).toEqualTypeOf<HeartbeatTransition>())()
app.heartbeat.onResult((result) => expectTypeOf(result).toEqualTypeOf<HeartbeatResult>())()
// @ts-expect-error a check answers nothing, or messages
app.register(plugin, { checks: { db: async () => true } })
