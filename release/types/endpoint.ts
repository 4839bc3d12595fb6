import { addEndpoint, type Endpoint, type EndpointErrors } from '@dockerflow/endpoint'
import { expectTypeOf } from 'expect-type'
import Fastify, { type FastifyInstance } from 'fastify'

expectTypeOf(addEndpoint).toEqualTypeOf<
  (fastify: FastifyInstance, endpoint: Endpoint, errors: EndpointErrors) => void
>()

class Fault extends Error {}
const endpoint: Endpoint = {
  plugin: 'up',
  url: '/up',
  hide: false,
  schema: { summary: 'Is it up?' },
  config: { rateLimit: false },
  handler: async () => 'OK'
}
addEndpoint(Fastify(), endpoint, { AlreadyRegistered: Fault })
addEndpoint(Fastify(), endpoint, { AlreadyRegistered: Fault, PrefixedScope: undefined })
// @ts-expect-error the classes of the errors are needed
addEndpoint(Fastify(), endpoint)
