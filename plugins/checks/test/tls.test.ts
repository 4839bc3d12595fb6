import { createServer } from 'node:tls'
import { makeCertificate, withoutOpenssl } from '@dockerflow/testing/certificates'
import { NodeServer } from '@dockerflow/testing/node-server'
import { type Test, test } from 'tap'
import { tlsCheck } from '../src/tls.ts'
import { drive, networked } from './suite.ts'

const skip = withoutOpenssl()

// With TLS 1.3 a server sends tickets after the handshake, which no client waits for.
const secure = async (days: number) => {
  const { cert, key } = await makeCertificate(days)
  const server = await NodeServer.create(() =>
    createServer({ cert, key, maxVersion: 'TLSv1.2' }).on('tlsClientError', () => {})
  )
  return Object.assign(server, { cert })
}

networked('a server of TLS', {
  skip,
  perRun: true,
  server: () => secure(30),
  client: (port, { cert }) => ({ host: '127.0.0.1', port, ca: cert }),
  check: (address) => tlsCheck(address),
  use: (address) => tlsCheck(address).run({ signal: AbortSignal.timeout(5000) }),
  end: () => {}
})

async function address(t: Test, days: number) {
  const server = await secure(days)
  t.teardown(() => server.remove())
  return { host: '127.0.0.1', port: server.port, ca: server.cert }
}

test('a certificate that expires soon is a warning', { skip }, async (t) => {
  const soon = await address(t, 10)
  t.strictSame((await drive(tlsCheck(soon))).messages, [
    { level: 30, id: 'dockerflow.health.W010', message: 'the certificate expires soon' }
  ])
  t.strictSame((await drive(tlsCheck(soon, { warnBefore: 5 * 24 * 60 * 60 * 1000 }))).messages, [])
})

test('an expired certificate fails', { skip }, async (t) => {
  t.match((await drive(tlsCheck(await address(t, -1)))).err, { code: 'CERT_HAS_EXPIRED' })
})

test("a certificate of nobody's fails", { skip }, async (t) => {
  t.match((await drive(tlsCheck({ ...(await address(t, 30)), ca: undefined }))).err, {
    code: 'DEPTH_ZERO_SELF_SIGNED_CERT'
  })
})

test('a certificate of another name fails', { skip }, async (t) => {
  const checkedName = { ...(await address(t, 30)), servername: 'db.example' }
  t.match((await drive(tlsCheck(checkedName))).err, { code: 'ERR_TLS_CERT_ALTNAME_INVALID' })
})

test('a server that speaks no TLS fails', { skip }, async (t) => {
  const { createServer } = await import('node:net')
  const server = await NodeServer.create(() => createServer((socket) => socket.end('hello')))
  t.teardown(() => server.remove())
  t.ok((await drive(tlsCheck({ host: '127.0.0.1', port: server.port }))).err)
})

test('a wrong address or option is a coded TypeError', async (t) => {
  t.throws(() => tlsCheck({}), {
    code: 'DOCKERFLOW_CHECKS_INVALID_CLIENT',
    message: '@dockerflow/checks: tlsCheck must be given an object with a port and a host, or with a path'
  })
  t.throws(() => tlsCheck({ port: 443 }, { warnBefore: -1 }), {
    code: 'DOCKERFLOW_CHECKS_INVALID_OPTION',
    message: '@dockerflow/checks: option "warnBefore" of tlsCheck must be a number above 0'
  })
})
