import fastifyMozlog, { mozlogServerOptions } from '@dockerflow/mozlog'
import Fastify from 'fastify'

const app = Fastify({ ...mozlogServerOptions({ logger: 'shop' }) })
await app.register(fastifyMozlog, {
  // No lines for probes.
  quiet: ['/__lbheartbeat__', '/__heartbeat__'],
  quietLevel: 'silent'
})

app.get('/hello', async (request) => {
  request.log.info({ type: 'hello.said', to: 'world' }, 'said hello')
  return 'hello'
})

await app.listen({ port: Number(process.env.PORT ?? 8000) })
