import fastifyLbheartbeat from '@dockerflow/lbheartbeat'
import { serve } from '@dockerflow/lifecycle'
import Fastify from 'fastify'

const app = Fastify({ logger: true })
app.register(fastifyLbheartbeat)
app.get('/', async () => 'hello')

await serve(app, { drainDelay: Number(process.env.DRAIN_DELAY ?? 0) })
