import { NatsServer, withoutNats } from '@dockerflow/testing/nats'
import { connect } from '@nats-io/transport-node'
import { test } from 'tap'
import { natsCheck } from '../src/nats.ts'
import { canary, clientClosed, drive, networked, shared, until } from './suite.ts'

const skip = withoutNats()
const server = shared(() => NatsServer.create(canary))
const client = (port: number) =>
  connect({
    servers: `127.0.0.1:${port}`,
    user: 'demo',
    pass: canary,
    maxReconnectAttempts: -1,
    reconnectTimeWait: 50,
    timeout: 500
  })

networked('a connection of NATS', {
  skip,
  server,
  appsConnection: true,
  sessions: (server) => server.connections(),
  client,
  check: (connection) => natsCheck(connection),
  use: (connection) => connection.flush(),
  end: (connection) => connection.close()
})

test('on a server that hangs, 100 runs ask once', { skip }, async (t) => {
  const nats = await server()
  const connection = await client(nats.port)
  t.teardown(() => connection.close())
  const pongs = () => (connection as unknown as { protocol: { pongs: unknown[] } }).protocol.pongs.length
  const check = natsCheck(connection)
  await nats.pause()
  t.teardown(() => nats.resume())
  for (let i = 0; i < 100; i++) t.ok((await drive(check, 2)).timedOut)
  t.equal(pongs(), 1)
  nats.resume()
  t.equal((await drive(check, 5000)).err, undefined)
  t.equal(pongs(), 0)
})

test('a connection that reconnects and one that is closed differ', { skip }, async (t) => {
  const nats = await server()
  const connection = await client(nats.port)
  const check = natsCheck(connection)
  await nats.stop()
  await until(async () => (await drive(check)).err !== undefined, 'the loss is seen')
  t.match((await drive(check)).err, { code: 'NATS_DISCONNECTED', message: 'the connection is down' })
  await connection.close()
  t.strictSame((await drive(check)).messages, [clientClosed])
})

test('anything but a connection is a coded TypeError', async (t) => {
  for (const wrong of [undefined, {}, 'nats://localhost']) {
    t.throws(() => natsCheck(wrong as never), {
      code: 'DOCKERFLOW_CHECKS_INVALID_CLIENT',
      message: '@dockerflow/checks: natsCheck must be given a connection of @nats-io/transport-node'
    })
  }
})
