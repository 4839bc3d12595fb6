import fastifyError from '@dockerflow/error'
import Fastify from 'fastify'

const app = Fastify({ logger: true })
// Without ERROR_TOKEN there is no such route.
await app.register(fastifyError, { token: process.env.ERROR_TOKEN })

await app.listen({ port: Number(process.env.PORT ?? 8000) })
