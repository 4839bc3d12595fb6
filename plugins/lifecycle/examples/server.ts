import fastifyLbheartbeat from '@dockerflow/lbheartbeat'
import { serve } from '@dockerflow/lifecycle'
import Fastify from 'fastify'

async function build() {
  const app = Fastify({ logger: true })
  await app.register(fastifyLbheartbeat)
  app.get('/', async () => 'hello')
  return app
}

await serve(build, { drainDelay: Number(process.env.DRAIN_DELAY ?? 0) })
