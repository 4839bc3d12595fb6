import { PostgresServer, withoutPostgres } from '@dockerflow/testing/postgres'
import { shows, startExample } from '@dockerflow/testing/readme'
import { RedisServer, withoutRedis } from '@dockerflow/testing/redis'
import { test } from 'tap'
import { canary } from './suite.ts'

const example = new URL('../examples/server.ts', import.meta.url)
const ownCheck = new URL('../../../examples/internal-check/src/index.ts', import.meta.url)

test("the README's examples are the files that run here", async (t) => {
  const readme = new URL('../README.md', import.meta.url)
  t.ok(await shows(readme, example, ownCheck))
})

test('the example serves, and ends by itself on SIGTERM', {
  skip: withoutPostgres() || withoutRedis()
}, async (t) => {
  const postgres = await PostgresServer.create(canary)
  const redis = await RedisServer.create(canary)
  t.teardown(() => Promise.all([postgres.remove(), redis.remove()]))
  const server = await startExample(t, example, {
    DATABASE_URL: postgres.url,
    REDIS_URL: `redis://:${canary}@127.0.0.1:${redis.port}`
  })
  const res = await server.get('/__heartbeat__')
  t.equal(res.status, 200)
  t.match(await res.json(), { status: 'ok', checks: { database: 'ok', cache: 'ok' } })
  server.terminate()
  t.strictSame(await server.ended, [0, null])
})
