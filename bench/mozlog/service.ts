import fastifyMozlog, { mozlogServerOptions } from '@dockerflow/mozlog'
import Fastify, { type FastifyInstance } from 'fastify'

// A service with one of the ways to log requests, on stdout; asked, it tells the CPU time that it has used.

const logs: Record<string, () => FastifyInstance> = {
  none: () => Fastify(),
  fastify: () => Fastify({ logger: true }),
  mozlog: () => Fastify({ ...mozlogServerOptions() }).register(fastifyMozlog) as unknown as FastifyInstance
}

const app = logs[process.argv[2] ?? '']?.()
if (app === undefined) throw new Error('usage: service.ts none|fastify|mozlog')
app.get('/hello', async () => ({ hello: 'world' }))
await app.listen({ port: 0 })

process.on('message', () => {
  const { user, system } = process.cpuUsage()
  process.send?.(user + system)
})
process.send?.((app.server.address() as { port: number }).port)
process.on('disconnect', () => process.exit())
