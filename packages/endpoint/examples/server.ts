import { addEndpoint } from '@dockerflow/endpoint'
import createError from '@fastify/error'
import Fastify, { type FastifyInstance } from 'fastify'
import fp from 'fastify-plugin'

const errors = {
  AlreadyRegistered: createError<[fault: string]>('REGION_ALREADY_REGISTERED', 'region: %s')
}

// A platform's own endpoint, which its services get beside Dockerflow's.
const region = fp(async (fastify: FastifyInstance) => {
  const handler = async () => ({ region: process.env.REGION ?? 'unknown' })
  const schema = { summary: 'Where does this process run?' }
  addEndpoint(fastify, { plugin: 'region', url: '/__region__', hide: false, schema, handler }, errors)
})

const app = Fastify({ logger: true })
await app.register(region)

await app.listen({ port: Number(process.env.PORT ?? 8000) })
