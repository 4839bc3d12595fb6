import fastifyHeartbeat, { warning } from '@dockerflow/heartbeat'
import fastifyLbheartbeat from '@dockerflow/lbheartbeat'
import { serve } from '@dockerflow/lifecycle'
import fastifyMozlog, { mozlogServerOptions } from '@dockerflow/mozlog'
import fastifyVersion from '@dockerflow/version'
import Fastify from 'fastify'

const app = Fastify(mozlogServerOptions({ logger: 'shop' }))
await app.register(fastifyMozlog)
await app.register(fastifyLbheartbeat)
await app.register(fastifyVersion, { path: process.env.VERSION_FILE ?? '/app/version.json' })
await app.register(fastifyHeartbeat, {
  checks: {
    async stock({ signal }) {
      const res = await fetch('http://127.0.0.1:9000/stock', { signal }) // whatever your service depends on
      if (!res.ok) return warning('shop.W001', 'the stock answers with an error')
    }
  }
})

app.get('/', async () => 'hello')
await serve(app)
