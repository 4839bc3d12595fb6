import dockerflow, { dockerflowServerOptions, serve } from '@dockerflow/all'
import Fastify from 'fastify'

const app = Fastify(dockerflowServerOptions({ logger: 'shop' }))
await app.register(dockerflow)

app.get('/', async () => 'hello')
await serve(app)
