import { type FastifyPluginAsyncTypebox, Type } from '@fastify/type-provider-typebox'
import type { Database } from './database.ts'

const schema = {
  body: Type.Object({ name: Type.String({ minLength: 1, maxLength: 100 }) }),
  response: { 200: Type.Object({ greeting: Type.String(), times: Type.Integer() }) }
}

/** Greets, and counts how often. */
const greetings: FastifyPluginAsyncTypebox<{ database: Database }> = async (app, { database }) => {
  app.post('/greetings', { schema }, async (request) => {
    const { name } = request.body
    request.log.info({ type: 'greeting.asked' }, 'greets')
    return { greeting: `Hello, ${name}!`, times: await database.greet(name) }
  })
}

export default greetings
