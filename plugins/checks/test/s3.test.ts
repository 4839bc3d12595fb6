import { Agent as PlainAgent } from 'node:http'
import { Agent, createServer } from 'node:https'
import { GetObjectCommand, HeadBucketCommand, S3Client, type S3ClientConfig } from '@aws-sdk/client-s3'
import { makeCertificate, withoutOpenssl } from '@dockerflow/testing/certificates'
import { NodeServer } from '@dockerflow/testing/node-server'
import { S3Server } from '@dockerflow/testing/s3'
import { type Test, test } from 'tap'
import { s3Check } from '../src/s3.ts'
import { canary, drive, networked, until, written } from './suite.ts'

const command = new HeadBucketCommand({ Bucket: 'demo' })
const client = (port: number, config: S3ClientConfig = {}) =>
  new S3Client({
    endpoint: `http://127.0.0.1:${port}`,
    region: 'us-east-1',
    forcePathStyle: true,
    credentials: { accessKeyId: 'S3RVER', secretAccessKey: 'S3RVER' },
    ...config
  })

networked('a client of S3', {
  perRun: true,
  server: () => S3Server.create(),
  client: (port) => client(port, { credentials: { accessKeyId: 'S3RVER', secretAccessKey: canary } }),
  check: (app) => s3Check(app, { command }),
  use: (app) => app.send(command),
  end: (app) => app.destroy()
})

async function setup(t: Test): Promise<S3Server> {
  const server = await S3Server.create()
  t.teardown(() => server.remove())
  return server
}

test('another access key, and another bucket, fail', async (t) => {
  const server = await setup(t)
  t.equal((await drive(s3Check(client(server.port), { command }), 5000)).err, undefined)
  const credentials = { accessKeyId: 'NOBODY', secretAccessKey: canary }
  const outcome = await drive(s3Check(client(server.port, { credentials }), { command }), 5000)
  t.match(outcome.err, { $metadata: { httpStatusCode: 403 } })
  t.notOk(written(outcome).includes(canary))
  const other = new HeadBucketCommand({ Bucket: 'none' })
  t.match((await drive(s3Check(client(server.port), { command: other }), 5000)).err, { name: 'NotFound' })
})

test("the sockets of the app's agent are not used, and the app's client stays as it is", async (t) => {
  const server = await setup(t)
  const httpAgent = new PlainAgent({ keepAlive: true, maxSockets: 1 })
  const app = client(server.port, { requestHandler: { httpAgent } })
  const handler = app.config.requestHandler
  const held = app.send(new GetObjectCommand({ Bucket: 'demo', Key: 'none' })).catch(() => {})
  const check = s3Check(app, { command })
  t.equal((await drive(check, 5000)).err, undefined)
  await held
  t.equal(app.config.requestHandler, handler)
  await until(() => Object.keys(httpAgent.freeSockets).length === 1, 'the app has its one socket')
  app.destroy()
})

test("the certificate authority of the app's agent is kept, and an agent of another kind is shared", {
  skip: withoutOpenssl()
}, async (t) => {
  const certificate = await makeCertificate(30)
  const server = await NodeServer.create(() => createServer(certificate, (_request, reply) => reply.end()))
  t.teardown(() => server.remove())
  class ProxyAgent extends Agent {}
  for (const Type of [Agent, ProxyAgent]) {
    const httpsAgent = new Type({ ca: certificate.cert })
    const app = client(server.port, {
      endpoint: `https://127.0.0.1:${server.port}`,
      requestHandler: { httpsAgent }
    })
    t.equal((await drive(s3Check(app, { command }), 5000)).err, undefined)
    app.destroy()
    httpsAgent.destroy()
  }
  const outcome = await drive(
    s3Check(client(server.port, { endpoint: `https://127.0.0.1:${server.port}` }), { command }),
    5000
  )
  t.match(outcome.err, { code: 'DEPTH_ZERO_SELF_SIGNED_CERT' })
})

test('a wrong client or command is a coded TypeError', async (t) => {
  const wrong = [
    undefined,
    {},
    { send() {}, config: {} },
    client(1, { requestHandler: { handle() {} } as never })
  ]
  for (const client of wrong) {
    t.throws(() => s3Check(client as never, { command }), {
      code: 'DOCKERFLOW_CHECKS_INVALID_CLIENT',
      message: '@dockerflow/checks: s3Check must be given an S3Client of @aws-sdk/client-s3'
    })
  }
  for (const options of [undefined, {}, { command: undefined }, { command: 'demo' }]) {
    t.throws(() => s3Check(client(1), options as never), {
      code: 'DOCKERFLOW_CHECKS_INVALID_OPTION',
      message: '@dockerflow/checks: option "command" of s3Check must be a command of @aws-sdk/client-s3'
    })
  }
})
