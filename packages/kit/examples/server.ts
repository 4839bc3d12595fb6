import { checkOptions, text } from '@dockerflow/kit/options'
import { redactError } from '@dockerflow/kit/redact'
import Fastify, { type FastifyInstance } from 'fastify'

interface SearchOptions {
  engine?: string | undefined
}

// A plugin that refuses options it doesn't know, and logs no credentials.
async function search(fastify: FastifyInstance, opts: SearchOptions) {
  checkOptions(opts, { engine: text }, (name, expected) => new TypeError(`option "${name}" ${expected}`))
  fastify.get('/search', async (_request, reply) => {
    try {
      return await fetch(opts.engine ?? 'http://app:password@localhost:9/')
    } catch (err) {
      fastify.log.warn({ err: redactError(err) }, 'no answer')
      return reply.code(503).send()
    }
  })
}

const app = Fastify({ logger: true })
await app.register(search, { engine: process.env.SEARCH_ENGINE })

await app.listen({ port: Number(process.env.PORT ?? 8000) })
