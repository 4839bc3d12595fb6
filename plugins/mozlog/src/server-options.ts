import type { IncomingMessage } from 'node:http'
import { checkOptions } from '@dockerflow/kit/options'
import type {
  FastifyBaseLogger,
  FastifyError,
  FastifyReply,
  FastifyRequest,
  FastifyServerOptions
} from 'fastify'
import { clientErrorHandler } from './client-error.ts'
import { DOCKERFLOW_MOZLOG_INVALID_OPTION } from './errors.ts'
import { createMozlog } from './logger.ts'
import { type MozlogServerOptions, serverRules } from './options.ts'
import { requestIds } from './request-id.ts'
import { MozlogController } from './summary.ts'

/** What `Fastify()` takes: `Fastify({ ...mozlogServerOptions(), trustProxy: true })`. */
export type MozlogFastifyOptions = Required<
  Pick<
    FastifyServerOptions,
    'clientErrorHandler' | 'frameworkErrors' | 'genReqId' | 'logController' | 'requestIdHeader'
  >
> & { loggerInstance: FastifyBaseLogger }

/**
 * Fastify's logger, request ids and request lines as mozlog wants them. The lines themselves come from the
 * plugin, which must also be registered.
 *
 * @throws DOCKERFLOW_MOZLOG_INVALID_OPTION
 */
export function mozlogServerOptions(opts: MozlogServerOptions = {}): MozlogFastifyOptions {
  checkOptions(opts, serverRules, DOCKERFLOW_MOZLOG_INVALID_OPTION)
  const { requestIdHeaders = ['x-request-id'], ...options } = opts
  const logController = new MozlogController()
  const requestId = requestIds(requestIdHeaders.map((name) => name.toLowerCase()))
  return {
    loggerInstance: createMozlog(options),
    logController,
    genReqId(request: IncomingMessage) {
      logController.latest = request
      const id = requestId(request)
      // What hands the headers on, such as @fastify/http-proxy, hands on the id.
      request.headers['x-request-id'] = id
      return id
    },
    requestIdHeader: false,
    clientErrorHandler,
    // Without it, Fastify answers such a request before anything of the app sees it, and there would be no line.
    frameworkErrors: (error: FastifyError, _request: FastifyRequest, reply: FastifyReply) => {
      reply.send(error)
    }
  }
}
