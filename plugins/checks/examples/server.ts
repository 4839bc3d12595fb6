import { postgresCheck } from '@dockerflow/checks/postgres'
import { redisCheck } from '@dockerflow/checks/redis'
import fastifyHeartbeat from '@dockerflow/heartbeat'
import Fastify from 'fastify'
import { Redis } from 'ioredis'
import pg from 'pg'

const pool = new pg.Pool({ connectionString: process.env.DATABASE_URL })
const redis = new Redis(process.env.REDIS_URL ?? 'redis://localhost', { lazyConnect: true })

const app = Fastify({ logger: true })
await app.register(fastifyHeartbeat, {
  checks: {
    database: postgresCheck(pool),
    cache: redisCheck(redis, { level: 30 }) // this app works without its cache: a warning
  }
})
app.addHook('onClose', async () => {
  redis.disconnect()
  await pool.end()
})

process.once('SIGTERM', () => app.close())

await app.listen({ port: Number(process.env.PORT ?? 8000) })
