import { type FastifyPluginAsyncTypebox, Type } from '@fastify/type-provider-typebox'

const schema = {
  body: Type.Object({ name: Type.String({ minLength: 1, maxLength: 100 }) }),
  response: { 200: Type.Object({ greeting: Type.String() }) }
}

/** Greets. */
const greetings: FastifyPluginAsyncTypebox = async (app) => {
  app.post('/greetings', { schema }, async (request) => {
    const { name } = request.body
    request.log.info({ type: 'greeting.asked' }, 'greets')
    return { greeting: `Hello, ${name}!` }
  })
}

export default greetings
