import dockerflow, { dockerflowServerOptions, serve, warning } from '@dockerflow/all'
import Fastify from 'fastify'

await serve(async () => {
  const app = Fastify(dockerflowServerOptions({ logger: 'shop' }))
  await app.register(dockerflow, {
    version: { path: process.env.VERSION_FILE ?? '/app/version.json' },
    heartbeat: {
      checks: {
        async stock({ signal }) {
          const res = await fetch('http://127.0.0.1:9000/stock', { signal }) // whatever your service depends on
          if (!res.ok) return warning('shop.W001', 'the stock answers with an error')
        }
      }
    }
  })
  app.get('/', async () => 'hello')
  return app
})
