import fastifyMozlog, { mozlogServerOptions } from '@dockerflow/mozlog'
import fastifyOtel from '@dockerflow/otel'
import Fastify from 'fastify'

const app = Fastify({ ...mozlogServerOptions({ logger: 'shop' }) })
await app.register(fastifyMozlog)
await app.register(fastifyOtel)

app.get('/hello', async (request) => {
  request.log.info('said hello')
  return 'hello'
})

process.once('SIGTERM', () => app.close())

await app.listen({ port: Number(process.env.PORT ?? 8000) })
