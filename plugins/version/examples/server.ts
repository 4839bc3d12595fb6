import fastifyVersion from '@dockerflow/version'
import Fastify from 'fastify'

const app = Fastify({ logger: true })
await app.register(fastifyVersion, { path: process.env.VERSION_FILE })

process.once('SIGTERM', () => app.close())

await app.listen({ port: Number(process.env.PORT ?? 8000) })
