import dockerflow, { dockerflowServerOptions, serve } from '@dockerflow/all'
import otel from '@dockerflow/otel'
import Fastify from 'fastify'

async function build() {
  const app = Fastify(dockerflowServerOptions({ logger: 'shop' }))
  await app.register(dockerflow, {
    version: { path: process.env.VERSION_FILE },
    heartbeat: { checks: { self: async () => {} } }
  })
  await app.register(otel)
  app.get('/carts/:id', async (request) => {
    request.log.info('the cart was read')
    return { items: [] }
  })
  return app
}

await serve(build)
