import { setTimeout as sleep } from 'node:timers/promises'
import fastifyLifecycle, { serve } from '@dockerflow/lifecycle'
import { fastifySSE } from '@fastify/sse'
import Fastify from 'fastify'

await serve(async () => {
  const app = Fastify({ logger: true })
  await app.register(fastifyLifecycle)
  await app.register(fastifySSE)

  app.get('/events', { sse: 'only' }, async (request, reply) => {
    // The stream ends when its client leaves, and when the app begins to close.
    const signal = AbortSignal.any([request.signal, app.lifecycle.signal])
    async function* ticks() {
      while (!signal.aborted) {
        yield { data: Date.now() }
        await sleep(1000, undefined, { signal }).catch(() => {})
      }
    }
    await reply.sse.send(ticks())
  })
  return app
})
