import { createServer, type RequestListener } from 'node:http'
import { createServer as createSecureServer } from 'node:https'
import { makeCertificate, withoutOpenssl } from '@dockerflow/testing/certificates'
import { NodeServer } from '@dockerflow/testing/node-server'
import { type Test, test } from 'tap'
import { httpCheck } from '../src/http.ts'
import { canary, drive, networked, until, written } from './suite.ts'

const authorized = `Basic ${Buffer.from(`demo:${canary}`).toString('base64')}`
const greets: RequestListener = (request, reply) => {
  if (request.headers.authorization === authorized) reply.end('hello')
  else reply.writeHead(401).end()
}
const at = (port: number) => `http://demo:${canary}@127.0.0.1:${port}/`

networked('a server of HTTP', {
  perRun: true,
  server: () => NodeServer.create(() => createServer(greets)),
  client: at,
  check: (url) => httpCheck(url, { body: (text) => text === 'hello' }),
  use: (url) => httpCheck(new URL(url)).run({ signal: AbortSignal.timeout(5000) }),
  end: () => {}
})

async function serve(t: Test, listener: RequestListener): Promise<string> {
  const server = await NodeServer.create(() => createServer(listener))
  t.teardown(() => server.remove())
  return at(server.port)
}

test('any status but 200 to 299 fails with its code, and a redirect is not followed', async (t) => {
  const url = await serve(t, ({ url }, reply) => {
    const status = Number(url?.slice(1))
    reply.writeHead(status, { location: '/200' }).end()
  })
  for (const status of [200, 204, 299]) t.equal((await drive(httpCheck(`${url}${status}`))).err, undefined)
  for (const status of [301, 304, 404, 500]) {
    const { err } = await drive(httpCheck(`${url}${status}`))
    t.match(err, { code: `HTTP_${status}`, message: `the status is ${status}` })
    t.equal((await drive(httpCheck(`${url}${status}`, { status: [200, status] }))).err, undefined)
  }
  t.match((await drive(httpCheck(`${url}200`, { status: [404] }))).err, { code: 'HTTP_200' })
})

test('method and headers are sent', async (t) => {
  const url = await serve(t, ({ method, headers }, reply) => {
    reply.writeHead(method === 'HEAD' && headers['x-probe'] === 'yes' ? 200 : 400).end()
  })
  t.equal((await drive(httpCheck(url, { method: 'HEAD', headers: { 'x-probe': 'yes' } }))).err, undefined)
  t.match((await drive(httpCheck(url))).err, { code: 'HTTP_400' })
})

test('a body that is not as it should be fails', async (t) => {
  const url = await serve(t, (_request, reply) => reply.end('hello'))
  t.equal((await drive(httpCheck(url, { body: (text) => text === 'hello' }))).err, undefined)
  t.match((await drive(httpCheck(url, { body: () => false }))).err, {
    code: 'BODY_REFUSED',
    message: 'the body is not as it should be'
  })
  t.match((await drive(httpCheck(url, { body: () => false, maxBody: 4 }))).err, {
    code: 'BODY_TOO_LONG',
    message: 'the body is longer than 4 bytes'
  })
})

test('no more than maxBody is read of an endless body, and its connection ends', async (t) => {
  let open = 0
  const url = await serve(t, (_request, reply) => {
    open++
    const more = () => {
      while (reply.write('x'.repeat(10_000)));
    }
    reply.on('drain', more).on('close', () => open--)
    more()
  })
  t.equal((await drive(httpCheck(url))).err, undefined)
  t.match((await drive(httpCheck(url, { body: () => true }))).err, { code: 'BODY_TOO_LONG' })
  await until(() => open === 0, 'the connections end')
})

test('a body that never ends and never grows runs out of time', async (t) => {
  const url = await serve(t, (_request, reply) => {
    reply.write('hello')
  })
  t.ok((await drive(httpCheck(url), 200)).timedOut)
})

test('https is verified, with a certificate authority of its own where one is given', {
  skip: withoutOpenssl()
}, async (t) => {
  const { cert, key } = await makeCertificate(30)
  const server = await NodeServer.create(() => createSecureServer({ cert, key }, greets))
  t.teardown(() => server.remove())
  const url = at(server.port).replace('http:', 'https:')
  const outcome = await drive(httpCheck(url))
  t.match(outcome.err, { code: 'DEPTH_ZERO_SELF_SIGNED_CERT' })
  t.notOk(written(outcome).includes(canary))
  t.equal((await drive(httpCheck(url, { tls: { ca: cert } }))).err, undefined)
})

test('a wrong URL or option is a coded TypeError that holds no secret', async (t) => {
  const client = '@dockerflow/checks: httpCheck must be given a URL that starts with http:// or https://'
  for (const url of ['', '/path', `ftp://demo:${canary}@host/`, `http://demo:${canary}@`, 7, null]) {
    t.throws(() => httpCheck(url as string), { code: 'DOCKERFLOW_CHECKS_INVALID_CLIENT', message: client })
  }
  const cases: [options: object, message: string][] = [
    [{ method: 'POST' }, 'option "method" of httpCheck must be "GET" or "HEAD"'],
    [{ status: 200 }, 'option "status" of httpCheck must be an array of status codes'],
    [{ status: [] }, 'option "status" of httpCheck must be an array of status codes'],
    [{ body: 'hello' }, 'option "body" of httpCheck must be a function'],
    [{ headers: ['a'] }, 'option "headers" of httpCheck must be an object'],
    [{ maxBody: 0 }, 'option "maxBody" of httpCheck must be a number above 0']
  ]
  for (const [options, message] of cases) {
    t.throws(() => httpCheck('http://localhost', options), {
      code: 'DOCKERFLOW_CHECKS_INVALID_OPTION',
      message: `@dockerflow/checks: ${message}`
    })
  }
})
