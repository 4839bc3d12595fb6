import fastifyMozlog, {
  createMozlog,
  type FastifyMozlogOptions,
  mozlogServerOptions
} from '@dockerflow/mozlog'
import Fastify, {
  type FastifyBaseLogger,
  type FastifyInstance,
  type FastifyReply,
  type FastifyRequest,
  LogController
} from 'fastify'

// A service with one of the ways to log requests, or a part of ours, on stdout; asked, it tells the CPU time that it
// has used.

const disableRequestLogging = true
const bytes = Buffer.allocUnsafe(64 * 1024)

class HeaderOnly extends LogController {
  override incomingRequest(request: FastifyRequest, reply: FastifyReply): void {
    reply.header('x-request-id', request.id)
  }
}

function mozlog(stream?: { write(line: string): void }, options: FastifyMozlogOptions = {}): FastifyInstance {
  const app = Fastify({ ...mozlogServerOptions({ stream }) })
  return app.register(fastifyMozlog, options) as unknown as FastifyInstance
}

function withId(logController: LogController): FastifyInstance {
  const { genReqId, loggerInstance, requestIdHeader } = mozlogServerOptions()
  return Fastify({ genReqId, loggerInstance, logController, requestIdHeader })
}

const logs: Record<string, () => FastifyInstance> = {
  none: () => Fastify(),
  fastify: () => Fastify({ logger: true }),
  'a child logger, and listeners of Fastify’s own': () =>
    Fastify({
      loggerInstance: createMozlog() as FastifyBaseLogger,
      logController: new LogController({ disableRequestLogging })
    }),
  'an id': () => withId(new LogController({ disableRequestLogging })),
  'its header': () => withId(new HeaderOnly({ disableRequestLogging })),
  'hooks, a listener and the outcome': () => mozlog(undefined, { summaryLevel: () => 'silent' }),
  // As bytes, since V8 joins the parts of a text when it is read.
  'the text of the line': () => mozlog({ write: (line) => void bytes.write(line) }),
  mozlog: () => mozlog()
}

const app = logs[process.argv[2] ?? '']?.()
if (app === undefined) throw new Error(`usage: service.ts ${Object.keys(logs).join('|')}`)
app.get('/hello', async () => ({ hello: 'world' }))
await app.listen({ port: 0 })

process.on('message', () => {
  const { user, system } = process.cpuUsage()
  process.send?.(user + system)
})
process.send?.((app.server.address() as { port: number }).port)
process.on('disconnect', () => process.exit())
