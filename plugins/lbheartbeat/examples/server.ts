import fastifyLbheartbeat from '@dockerflow/lbheartbeat'
import Fastify from 'fastify'

const app = Fastify({ logger: true })
await app.register(fastifyLbheartbeat)

process.once('SIGTERM', async () => {
  app.lbheartbeat.drain() // the load balancer sees 503 and sends no new requests
  await app.close()
})

await app.listen({ port: Number(process.env.PORT ?? 8000) })
