import type { FastifyInstance } from 'fastify'
import { Connections, type OpenRequest } from './connections.ts'

/** The end of an app's life, for its handlers and for what runs it. */
export interface Lifecycle {
  /** Aborts when the app begins to close: the time for long responses, such as event streams, to end. */
  readonly signal: AbortSignal
  /**
   * Aborts the signal, and closes every connection that has no whole request, or whose answer has been sent.
   * `serve()` and `app.close()` call it.
   */
  stop(): void
  /** Cuts all connections. Resolves once they are closed, with the requests that were open, the oldest first. */
  cut(): Promise<OpenRequest[]>
}

/** Watches an app's connections, until it has closed. Call it before the app is ready. */
export function watch(fastify: FastifyInstance): Lifecycle {
  const connections = new Connections(fastify)
  const ending = new AbortController()
  const lifecycle: Lifecycle = {
    signal: ending.signal,
    stop() {
      ending.abort()
      connections.closeIdle()
    },
    cut: () => connections.cut()
  }
  fastify.addHook('onRequest', (request, _reply, done) => {
    if (request.routeOptions.url) connections.name(request.raw, request.routeOptions.url)
    done()
  })
  fastify.addHook('preClose', (done) => {
    lifecycle.stop()
    done()
  })
  fastify.addHook('onClose', (_instance, done) => {
    connections.end()
    done()
  })
  return lifecycle
}
