import { once } from 'node:events'
import { type AddressInfo, createServer } from 'node:net'
import { MemcachedServer, withoutMemcached } from '@dockerflow/testing/memcached'
import memjs from 'memjs'
import { test } from 'tap'
import { memcachedCheck } from '../src/memcached.ts'
import { drive, networked, until } from './suite.ts'

networked('a Client of memjs', {
  skip: withoutMemcached(),
  server: () => MemcachedServer.create(),
  client: (port) => memjs.Client.create(`127.0.0.1:${port}`, { logger: { log: () => {} } }),
  check: (client) => memcachedCheck(client),
  use: (client) => client.get('key'),
  end: (client) => client.close()
})

const skip = withoutMemcached()
const quiet = { logger: { log: () => {} } }

test('each server of the client is asked', { skip }, async (t) => {
  const servers = [await MemcachedServer.create(), await MemcachedServer.create()]
  t.teardown(() => Promise.all(servers.map((server) => server.remove())))
  const client = memjs.Client.create(servers.map(({ port }) => `127.0.0.1:${port}`).join(), quiet)
  const check = memcachedCheck(client)
  t.match(await drive(check), { err: undefined, messages: [] })
  await servers[1]?.stop()
  t.match((await drive(check)).err, { code: 'ECONNREFUSED' })
  await servers[1]?.start()
  await until(async () => (await drive(check)).err === undefined, 'it recovers')
  await check.close?.()
  client.close()
})

test('an answer that is no version fails, and so does a refused login', async (t) => {
  let status = 0
  const server = createServer((socket) => {
    socket.on('data', (request) => {
      const reply = Buffer.from(request.subarray(0, 24))
      reply[0] = 0x81
      reply.writeUInt16BE(status, 6)
      socket.write(reply)
    })
  }).listen(0, '127.0.0.1')
  await once(server, 'listening')
  const client = memjs.Client.create(`127.0.0.1:${(server.address() as AddressInfo).port}`, quiet)
  const check = memcachedCheck(client)
  t.match(await drive(check), { err: undefined, messages: [] })
  status = 0x81
  t.match((await drive(check)).err, { message: 'memcached answered with status 129' })
  status = 0x20
  t.match((await drive(check)).err, { message: 'Memcached server authentication failed!' })
  await check.close?.()
  server.close()
})

test('something else than a client is refused', async (t) => {
  for (const wrong of [undefined, null, 'localhost:11211', {}, { servers: [] }, { servers: ['localhost'] }]) {
    t.throws(() => memcachedCheck(wrong as never), {
      code: 'DOCKERFLOW_CHECKS_INVALID_CLIENT',
      message: '@dockerflow/checks: memcachedCheck must be given a Client of memjs'
    })
  }
})
