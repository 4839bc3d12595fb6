import { createServer } from 'node:net'
import { NodeServer } from '@dockerflow/testing/node-server'
import { test } from 'tap'
import { tcpCheck } from '../src/tcp.ts'
import { drive, networked } from './suite.ts'

const greets = () =>
  NodeServer.create(() =>
    createServer((socket) =>
      socket.on('data', (text) => socket.end(text.toString() === 'PING' ? 'PONG!' : ''))
    )
  )

networked('a server of TCP', {
  perRun: true,
  server: greets,
  client: (port) => ({ host: '127.0.0.1', port }),
  check: (address) => tcpCheck(address, { send: 'PING', expect: 'PONG!' }),
  use: (address) => tcpCheck(address).run({ signal: AbortSignal.timeout(5000) }),
  end: () => {}
})

test('without an expected reply, what listens is well', async (t) => {
  const server = await greets()
  t.teardown(() => server.remove())
  const check = tcpCheck({ host: '127.0.0.1', port: server.port })
  t.equal((await drive(check)).err, undefined)
  await server.stop()
  t.match((await drive(check)).err, { code: 'ECONNREFUSED' })
})

test('another reply fails, also when the server ends in its midst', async (t) => {
  const server = await greets()
  t.teardown(() => server.remove())
  const address = { host: '127.0.0.1', port: server.port }
  for (const options of [
    { send: 'PING', expect: 'HELLO' },
    { send: 'PING', expect: 'PONG! PONG!' },
    { send: 'what?', expect: 'PONG!' }
  ]) {
    t.match((await drive(tcpCheck(address, options))).err, {
      code: 'UNEXPECTED_REPLY',
      message: 'the reply is not the one that was expected'
    })
  }
  t.equal((await drive(tcpCheck(address, { send: 'PING', expect: 'PO' }))).err, undefined)
})

test('a wrong address is a coded TypeError', async (t) => {
  for (const address of [undefined, {}, { port: 0 }, { port: 65536 }, { port: '80' }, { path: 7 }]) {
    t.throws(() => tcpCheck(address as { port: number }), {
      code: 'DOCKERFLOW_CHECKS_INVALID_CLIENT',
      message: '@dockerflow/checks: tcpCheck must be given an object with a port and a host, or with a path'
    })
  }
  t.doesNotThrow(() => tcpCheck({ path: '/run/a-socket' }))
})
