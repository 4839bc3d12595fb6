import fastifyStatsd from '@dockerflow/statsd'
import Fastify from 'fastify'

const app = Fastify({ logger: true })
// Where statsd is: STATSD_HOST and STATSD_PORT.
await app.register(fastifyStatsd, { prefix: 'demo', metricsUrl: '/metrics' })

app.get('/greet', async () => {
  app.statsd.increment('greetings', 1, { language: 'en' })
  return 'hello'
})

await app.listen({ port: Number(process.env.PORT ?? 8000) })
