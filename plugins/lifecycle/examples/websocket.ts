import fastifyLifecycle, { serve } from '@dockerflow/lifecycle'
import fastifyWebsocket from '@fastify/websocket'
import Fastify from 'fastify'

await serve(async () => {
  const app = Fastify({ logger: true })
  await app.register(fastifyLifecycle)
  await app.register(fastifyWebsocket)

  app.get('/echo', { websocket: true }, (socket) => {
    // 1001: going away. The client may connect again, and reaches another instance.
    const goAway = () => socket.close(1001)
    app.lifecycle.signal.addEventListener('abort', goAway)
    socket.on('close', () => app.lifecycle.signal.removeEventListener('abort', goAway))
    socket.on('message', (message) => socket.send(message.toString()))
  })
  return app
})
