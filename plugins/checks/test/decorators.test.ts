import fastifyHeartbeat from '@dockerflow/heartbeat'
import { PostgresServer, withoutPostgres } from '@dockerflow/testing/postgres'
import { RedisServer, withoutRedis } from '@dockerflow/testing/redis'
import fastifyPostgres from '@fastify/postgres'
import fastifyRedis from '@fastify/redis'
import Fastify from 'fastify'
import { test } from 'tap'
import { postgresCheck } from '../src/postgres.ts'
import { redisCheck } from '../src/redis.ts'
import { canary, until } from './suite.ts'

test('the clients of @fastify/postgres and @fastify/redis, in an app', {
  skip: withoutPostgres() || withoutRedis()
}, async (t) => {
  const [postgres, redis] = [await PostgresServer.create(canary), await RedisServer.create(canary)]
  t.teardown(() => Promise.all([postgres.remove(), redis.remove()]))
  const lines: string[] = []
  const app = Fastify({ logger: { stream: { write: (line) => lines.push(line) } } })
  await app.register(fastifyPostgres, { connectionString: postgres.url })
  await app.register(fastifyRedis, { host: '127.0.0.1', port: redis.port, password: canary })
  app.redis.on('error', () => {})
  await app.register(fastifyHeartbeat, { ttl: 0 })
  app.heartbeat.addCheck('database', postgresCheck(app.pg.pool))
  app.heartbeat.addCheck('cache', redisCheck(app.redis))

  const bodies: string[] = []
  const status = async () => {
    const res = await app.inject('/__heartbeat__')
    bodies.push(res.body)
    return res.statusCode
  }
  t.equal(await status(), 200)
  await Promise.all([postgres.stop(), redis.stop()])
  await until(async () => (await status()) === 503, 'it fails')
  t.match(bodies.at(-1), /ECONNREFUSED/)
  await Promise.all([postgres.start(), redis.start()])
  await until(async () => (await status()) === 200, 'it recovers')
  await app.close()
  t.notOk(bodies.concat(lines).join().includes(canary), 'no password in a body or in the log')
  t.ok(lines.length > 0)
})
