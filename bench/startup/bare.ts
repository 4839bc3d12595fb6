import Fastify from 'fastify'

const app = Fastify()
app.get('/__lbheartbeat__', async () => 'OK')
await app.listen({ port: Number(process.env.PORT), host: '127.0.0.1' })
