import plugin, {
  type FastifyLbheartbeatOptions,
  fastifyLbheartbeat,
  type Lbheartbeat,
  type LbheartbeatStatus
} from '@dockerflow/lbheartbeat'
import type { LbheartbeatPayload } from '@dockerflow/lbheartbeat/schema'
import { expectTypeOf } from 'expect-type'
import Fastify, { type FastifyPluginAsync } from 'fastify'
import type { Static } from 'typebox'

expectTypeOf(plugin).toEqualTypeOf<FastifyPluginAsync<FastifyLbheartbeatOptions>>()
expectTypeOf(fastifyLbheartbeat).toEqualTypeOf(plugin)
expectTypeOf<FastifyLbheartbeatOptions>().toEqualTypeOf<{
  url?: string | undefined
  waitForReady?: boolean | undefined
  hide?: boolean | undefined
}>()
expectTypeOf<Static<typeof LbheartbeatPayload>>().toBeString()

const app = Fastify()
expectTypeOf(app.lbheartbeat).toEqualTypeOf<Lbheartbeat>()
expectTypeOf(app.lbheartbeat.drain).toEqualTypeOf<() => void>()
for (const change of [
  app.lbheartbeat.ready,
  app.lbheartbeat.startMaintenance,
  app.lbheartbeat.endMaintenance
]) {
  expectTypeOf(change).toEqualTypeOf<() => void>()
}
expectTypeOf(app.lbheartbeat.status).toEqualTypeOf<LbheartbeatStatus>()
expectTypeOf<LbheartbeatStatus>().toEqualTypeOf<'OK' | 'starting' | 'maintenance' | 'draining'>()
expectTypeOf(app.lbheartbeat.draining).toEqualTypeOf<boolean>()
// @ts-expect-error there is no way back
app.lbheartbeat.draining = false
app.addHook('onRequest', async (request) => {
  expectTypeOf(request.routeOptions.config.dockerflow).toEqualTypeOf<true | undefined>()
})
app.register(plugin, { url: '/up' })
// @ts-expect-error an option has its type
app.register(plugin, { url: 7 })
// @ts-expect-error an unknown option is refused
app.register(plugin, { path: '/up' })
