import { ledgerCheck } from '@acme/check-ledger'
import dockerflow, { type FastifyDockerflowOptions, mergeOptions } from '@dockerflow/all'
import type { FastifyError, FastifyPluginAsync } from 'fastify'
import fp from 'fastify-plugin'

/** What every service has. A service's own options go over it: its checks are added, its `false` leaves a plugin out. */
const platform = (): FastifyDockerflowOptions => ({
  heartbeat: { checks: { ledger: ledgerCheck(process.env.LEDGER_URL ?? 'http://ledger.internal') } },
  lifecycle: { maxBodyBytes: 64 * 1024 * 1024 }
})

const acmeService: FastifyPluginAsync<FastifyDockerflowOptions> = async (fastify, service) => {
  // The company's error format. What went wrong inside is for the log alone.
  fastify.setErrorHandler((error: FastifyError, request, reply) => {
    const { statusCode = 500, code = 'INTERNAL' } = error
    const known = statusCode < 500
    reply.code(statusCode).send({
      error: {
        code: known ? code : 'INTERNAL',
        message: known ? error.message : 'internal error',
        request: request.id
      }
    })
  })
  await fastify.register(dockerflow, mergeOptions(platform(), service))
}

// The types, and with them the decorators that Fastify's instance has: fastify.heartbeat and the others.
export type * from '@dockerflow/all'
export { critical, dockerflowServerOptions, error, info, serve, warning } from '@dockerflow/all'
export default fp(acmeService, { fastify: '5.x', name: '@acme/service' })
