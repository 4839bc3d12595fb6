import fastifyHeartbeat from '@dockerflow/heartbeat'
import fastifyLbheartbeat from '@dockerflow/lbheartbeat'
import Fastify from 'fastify'

// A service with the endpoints of probes, and beside each a bare route that answers as many bytes; asked, it tells the
// CPU time that it has used.

const app = Fastify()
await app.register(fastifyLbheartbeat)
await app.register(fastifyHeartbeat, { checks: { db: () => {} }, ttl: 3_600_000, maxStale: 3_600_000 })
const bare = '{"status":"ok","checks":{"db":"ok"},"details":{}}'
app.get('/bare', async () => bare)
app.get('/bare-ok', async () => 'OK')
await app.listen({ port: 0, host: '127.0.0.1' })

process.on('message', () => {
  const { user, system } = process.cpuUsage()
  process.send?.(user + system)
})
process.send?.((app.server.address() as { port: number }).port)
process.on('disconnect', () => process.exit())
