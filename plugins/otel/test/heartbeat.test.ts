import fastifyHeartbeat, { type FastifyHeartbeatOptions, warning } from '@dockerflow/heartbeat'
import Fastify from 'fastify'
import tap, { type Test, test } from 'tap'
import fastifyOtel, { type FastifyOtelOptions } from '../src/index.ts'
import { startSdk } from './fixtures/sdk.ts'

const sdk = startSdk()
tap.teardown(() => sdk.stop())

async function build(t: Test, heartbeat: FastifyHeartbeatOptions, otel: FastifyOtelOptions = {}) {
  const app = Fastify()
  t.teardown(() => app.close())
  await app.register(fastifyOtel, otel)
  await app.register(fastifyHeartbeat, { ttl: 0, ...heartbeat })
  await app.ready()
  return app
}

/** The newest value of a metric, by check. */
async function values(name: string) {
  const points = (await sdk.points()).filter((point) => point.name === name)
  return Object.fromEntries(
    points.map(({ attributes, value }) => [attributes['dockerflow.heartbeat.check.name'], value])
  )
}

test('level, duration and age of the last success are metrics, for each check', async (t) => {
  let fails = false
  const app = await build(t, {
    checks: {
      async db() {
        await new Promise((resolve) => setTimeout(resolve, 20))
        if (fails) throw new Error('down')
      },
      cache: () => warning('app.W001', 'slow'),
      never() {
        throw new Error('down')
      }
    }
  })
  t.strictSame(await values('dockerflow.heartbeat.check.level'), {}, 'nothing before the first run')
  await app.heartbeat.run()
  t.strictSame(await values('dockerflow.heartbeat.check.level'), { db: 0, cache: 30, never: 40 })
  const before = await values('dockerflow.heartbeat.check.success.age')
  t.strictSame(Object.keys(before).sort(), ['cache', 'db'], 'a warning is a success; never had none')

  fails = true
  await app.heartbeat.run()
  t.strictSame(await values('dockerflow.heartbeat.check.level'), { db: 40, cache: 30, never: 40 })
  const after = await values('dockerflow.heartbeat.check.success.age')
  t.ok(Number(after.db) >= Number(before.db) + 0.02, 'the age grows while the check fails')
  t.ok(Number(after.db) < 600, 'in seconds')

  const { db } = (await values('dockerflow.heartbeat.check.duration')) as Record<
    string,
    { count: number; sum: number }
  >
  t.equal(db?.count, 2)
  t.ok((db?.sum ?? 0) >= 0.035 && (db?.sum ?? 0) < 600, 'in seconds')

  const units = new Map((await sdk.points()).map(({ name, unit }) => [name, unit]))
  t.strictSame(Object.fromEntries(units), {
    'dockerflow.heartbeat.check.level': '1',
    'dockerflow.heartbeat.check.success.age': 's',
    'dockerflow.heartbeat.check.duration': 's'
  })
  await app.close()
  const closed = await values('dockerflow.heartbeat.check.success.age')
  await new Promise((resolve) => setTimeout(resolve, 20))
  t.strictSame(await values('dockerflow.heartbeat.check.success.age'), closed, 'nothing is measured any more')
})

test('heartbeat: false measures nothing, and so does an app without a heartbeat', async (t) => {
  const app = await build(t, { checks: { only: () => {} } }, { heartbeat: false })
  await app.heartbeat.run()
  t.notOk('only' in (await values('dockerflow.heartbeat.check.duration')))
  const bare = Fastify()
  await bare.register(fastifyOtel)
  await bare.ready()
  await bare.close()
})
