import { createServer } from 'node:net'
import { NodeServer } from '@dockerflow/testing/node-server'
import { freePort } from '@dockerflow/testing/programs'
import { Client, credentials, Server, ServerCredentials } from '@grpc/grpc-js'
import { HealthImplementation } from 'grpc-health-check'
import { type Test, test } from 'tap'
import { grpcCheck } from '../src/grpc.ts'
import { drive, networked } from './suite.ts'

type Statuses = ConstructorParameters<typeof HealthImplementation>[0]

/** A server of grpc-js with its own health service. */
class GrpcServer {
  readonly port: number
  readonly health: HealthImplementation | undefined
  #server = new Server()

  private constructor(port: number, statuses?: Statuses) {
    this.port = port
    this.health = statuses && new HealthImplementation(statuses)
  }

  static async create(statuses?: Statuses): Promise<GrpcServer> {
    const server = new GrpcServer(await freePort(), statuses)
    await server.start()
    return server
  }

  async start(): Promise<void> {
    this.#server = new Server()
    this.health?.addToServer(this.#server)
    const { promise, resolve, reject } = Promise.withResolvers<number>()
    this.#server.bindAsync(`127.0.0.1:${this.port}`, ServerCredentials.createInsecure(), (err, port) =>
      err ? reject(err) : resolve(port)
    )
    await promise
  }

  async stop(): Promise<void> {
    this.#server.forceShutdown()
  }

  remove(): Promise<void> {
    return this.stop()
  }
}

const client = (port: number) =>
  new Client(`127.0.0.1:${port}`, credentials.createInsecure(), {
    'grpc.initial_reconnect_backoff_ms': 100,
    'grpc.max_reconnect_backoff_ms': 200,
    'grpc.use_local_subchannel_pool': 1
  })

networked('a client of grpc-js', {
  appsConnection: true,
  server: () => GrpcServer.create({ '': 'SERVING' }),
  client: async (port) => {
    const app = client(port)
    const { promise, resolve, reject } = Promise.withResolvers<void>()
    app.waitForReady(Date.now() + 5000, (err) => (err ? reject(err) : resolve()))
    await promise
    return app
  },
  check: (app) => grpcCheck(app),
  use: (app) => grpcCheck(app).run({ signal: AbortSignal.timeout(5000) }),
  end: (app) => app.close()
})

async function setup(t: Test, statuses?: Statuses) {
  const server = await GrpcServer.create(statuses)
  const app = client(server.port)
  t.teardown(() => {
    app.close()
    return server.remove()
  })
  return app
}

test('each status of the service has its code', async (t) => {
  const app = await setup(t, { '': 'SERVING', mail: 'NOT_SERVING', moon: 'UNKNOWN' })
  t.equal((await drive(grpcCheck(app))).err, undefined)
  t.equal((await drive(grpcCheck(app, { service: '' }))).err, undefined)
  t.match((await drive(grpcCheck(app, { service: 'mail' }))).err, {
    code: 'GRPC_NOT_SERVING',
    message: "the service's health status is 2"
  })
  t.match((await drive(grpcCheck(app, { service: 'moon' }))).err, { code: 'GRPC_UNKNOWN' })
  t.match((await drive(grpcCheck(app, { service: 'sun' }))).err, {
    code: 'GRPC_NOT_FOUND',
    message: 'the call failed'
  })
})

test('a server without a health service fails with its code', async (t) => {
  t.match((await drive(grpcCheck(await setup(t)))).err, { code: 'GRPC_UNIMPLEMENTED' })
})

test('a server that is down fails at once', async (t) => {
  const app = client(await freePort())
  t.teardown(() => app.close())
  t.match((await drive(grpcCheck(app))).err, { code: 'GRPC_UNAVAILABLE' })
})

test('a run that is aborted ends its call', async (t) => {
  const silent = await NodeServer.create(() => createServer())
  const app = client(silent.port)
  t.teardown(() => {
    app.close()
    return silent.remove()
  })
  const outcome = await drive(grpcCheck(app), 100)
  t.ok(outcome.timedOut)
  t.notOk(outcome.killed)
})

test('a reply that is empty, or not of the health service, is no SERVING', async (t) => {
  for (const reply of [Buffer.alloc(0), Buffer.of(0x10, 1), Buffer.of(0x08)]) {
    const answering = {
      makeUnaryRequest: (
        _method: string,
        _serialize: unknown,
        deserialize: (reply: Buffer) => number,
        _argument: string,
        callback: (err: null, status: number) => void
      ) => {
        callback(null, deserialize(reply))
        return { cancel() {} }
      }
    }
    t.match((await drive(grpcCheck(answering))).err, { code: 'GRPC_UNKNOWN' })
  }
})

test('a wrong client or service is a coded TypeError', async (t) => {
  t.throws(() => grpcCheck({} as never), {
    code: 'DOCKERFLOW_CHECKS_INVALID_CLIENT',
    message: '@dockerflow/checks: grpcCheck must be given a client of @grpc/grpc-js'
  })
  for (const service of [7, 'x'.repeat(128)]) {
    t.throws(() => grpcCheck(client(1), { service: service as string }), {
      code: 'DOCKERFLOW_CHECKS_INVALID_OPTION',
      message: '@dockerflow/checks: option "service" of grpcCheck must be a string of at most 127 bytes'
    })
  }
})
