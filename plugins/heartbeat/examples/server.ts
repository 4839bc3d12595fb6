import fastifyHeartbeat, { warning } from '@dockerflow/heartbeat'
import Fastify from 'fastify'

const app = Fastify({ logger: true })
await app.register(fastifyHeartbeat, {
  checks: {
    // A check that throws, rejects or takes too long is an error.
    async search({ signal }) {
      const url = process.env.SEARCH_URL
      if (!url) return warning('app.W001', 'SEARCH_URL is not set')
      const response = await fetch(url, { signal, redirect: 'error' })
      if (!response.ok) throw new Error(`search answered ${response.status}`)
    }
  }
})

process.once('SIGTERM', () => app.close())

await app.listen({ port: Number(process.env.PORT ?? 8000) })
