import { createServer } from 'node:http'
import { NodeServer } from '@dockerflow/testing/node-server'
import { Storage, type StorageOptions } from '@google-cloud/storage'
import { test } from 'tap'
import { gcsCheck } from '../src/gcs.ts'
import { canary, drive, networked, written } from './suite.ts'

// Neither Debian nor npm holds a server of Google Cloud Storage: this one answers the one request that is sent,
// as the reference of the JSON API says (Buckets: get).
const server = () =>
  NodeServer.create(() =>
    createServer(({ method, url, headers }, reply) => {
      const authorized = headers.authorization === `Bearer ${canary}`
      const found = method === 'GET' && url?.startsWith('/storage/v1/b/demo?')
      const status = authorized ? (found ? 200 : 404) : 401
      reply
        .writeHead(status, { 'content-type': 'application/json', connection: 'close' })
        .end('{"name":"demo"}')
    })
  )

const storage = (port: number, token = canary, headers: (token: string) => unknown = asHeaders) =>
  new Storage({
    projectId: 'demo',
    apiEndpoint: `http://127.0.0.1:${port}`,
    useAuthWithCustomEndpoint: true,
    authClient: { getRequestHeaders: async () => headers(token) } as unknown as StorageOptions['authClient']
  })
const asHeaders = (token: string) => new Headers({ authorization: `Bearer ${token}` })

networked('a bucket of Google Cloud Storage', {
  perRun: true,
  server,
  client: (port) => storage(port).bucket('demo'),
  check: (bucket) => gcsCheck(bucket),
  use: (bucket) => bucket.getMetadata(),
  end: () => {}
})

test('another token, and another bucket, fail with their status', async (t) => {
  const google = await server()
  t.teardown(() => google.remove())
  const outcome = await drive(gcsCheck(storage(google.port, `${canary}-no-more`).bucket('demo')))
  t.match(outcome.err, { code: 'HTTP_401' })
  t.notOk(written(outcome).includes(canary))
  t.match((await drive(gcsCheck(storage(google.port).bucket('none/of these')))).err, { code: 'HTTP_404' })
})

test('without credentials none are sent to an emulator', async (t) => {
  const google = await server()
  t.teardown(() => google.remove())
  const emulated = new Storage({ projectId: 'demo', apiEndpoint: `http://127.0.0.1:${google.port}` })
  t.match((await drive(gcsCheck(emulated.bucket('demo')))).err, { code: 'HTTP_401' })
})

test('credentials that fail, fail the check', async (t) => {
  const failing = storage(1, '', () => {
    throw new Error('no token today')
  })
  t.match((await drive(gcsCheck(failing.bucket('demo')))).err, { message: 'no token today' })
})

test('anything but a bucket is a coded TypeError', async (t) => {
  for (const wrong of [undefined, {}, 'demo', storage(1)]) {
    t.throws(() => gcsCheck(wrong as never), {
      code: 'DOCKERFLOW_CHECKS_INVALID_CLIENT',
      message: '@dockerflow/checks: gcsCheck must be given a Bucket of @google-cloud/storage'
    })
  }
})
