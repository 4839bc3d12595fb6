import { once } from 'node:events'
import { FaultProxy } from '@dockerflow/testing/fault-proxy'
import { RabbitmqServer, withoutRabbitmq } from '@dockerflow/testing/rabbitmq'
import { type ChannelModel, connect } from 'amqplib'
import { test } from 'tap'
import { amqpCheck } from '../src/amqp.ts'
import { canary, clientClosed, drive, networked, shared, until } from './suite.ts'

const skip = withoutRabbitmq()
const at = (port: number) => `amqp://demo:${canary}@127.0.0.1:${port}?heartbeat=2`

/** An app that connects again when it loses its connection. */
class App {
  connection: ChannelModel | undefined
  readonly #url: string
  #ended = false

  constructor(url: string) {
    this.#url = url
  }

  async connect(): Promise<this> {
    while (!this.#ended && this.connection === undefined) {
      try {
        const connection = await connect(this.#url, { timeout: 500 })
        connection.on('error', () => {})
        if (this.#ended) {
          await connection.close()
          break
        }
        this.connection = connection
        connection.on('close', () => {
          this.connection = undefined
          this.connect()
        })
      } catch {
        await new Promise((resolve) => setTimeout(resolve, 50))
      }
    }
    return this
  }

  async end(): Promise<void> {
    this.#ended = true
    await this.connection?.close()
  }
}

const broker = shared(() => RabbitmqServer.create(canary))

networked('a connection of amqplib', {
  skip,
  server: broker,
  appsConnection: true,
  client: (port) => new App(at(port)).connect(),
  check: (app) => amqpCheck(() => app.connection),
  use: async (app) => {
    const channel = await app.connection?.createConfirmChannel()
    await channel?.assertQueue('demo', { durable: false })
    channel?.sendToQueue('demo', Buffer.from('hello'))
    await channel?.waitForConfirms()
    await channel?.close()
  },
  end: (app) => app.end()
})

test('RabbitMQ', { skip }, async (t) => {
  const server = await broker()

  await t.test('1000 runs leave no channel, at the broker or in the client', async (t) => {
    const connection = await connect(server.url)
    const check = amqpCheck(connection)
    for (let i = 0; i < 1000; i++) await check.run({ signal: AbortSignal.timeout(10_000) })
    const { channels } = connection.connection as unknown as { channels: (object | null)[] }
    t.equal(channels.filter(Boolean).length, 1, 'the one that each connection has')
    t.strictSame(await server.control('list_channels', 'pid'), [])
    await connection.close()
  })

  await t.test('a blocked connection is a warning, and no more when it is unblocked', async (t) => {
    const connection = await connect(server.url)
    const before = connection.listenerCount('blocked')
    const check = amqpCheck(connection)
    const blocked = once(connection, 'blocked')
    await server.control('set_vm_memory_high_watermark', 'absolute', '1MB')
    const channel = await connection.createChannel()
    await channel.assertQueue('demo', { durable: false })
    channel.sendToQueue('demo', Buffer.from('hello'))
    await blocked
    t.strictSame((await drive(check)).messages, [
      {
        level: 30,
        id: 'dockerflow.health.W014',
        message: 'the broker takes no messages from this connection'
      }
    ])
    const unblocked = once(connection, 'unblocked')
    await server.control('set_vm_memory_high_watermark', '0.9')
    await unblocked
    t.strictSame((await drive(check)).messages, [])
    check.close?.()
    t.equal(connection.listenerCount('blocked'), before, 'no listener is left')
    await connection.close()
  })

  await t.test('on a broker that hangs, 100 runs open one channel', async (t) => {
    const connection = await connect(server.url)
    const check = amqpCheck(connection)
    await server.pause()
    t.teardown(() => server.resume())
    for (let i = 0; i < 100; i++) t.ok((await drive(check, 2)).timedOut)
    const { channels } = connection.connection as unknown as { channels: (object | null)[] }
    t.equal(channels.filter(Boolean).length, 2)
    server.resume()
    t.equal((await drive(check, 5000)).err, undefined)
    await connection.close()
    t.strictSame((await drive(check)).messages, [clientClosed])
  })
})

test('a connection lost before the answer to a channel is closed fails the run at once', {
  skip
}, async (t) => {
  const server = await broker()
  const proxy = await FaultProxy.create(server.port)
  t.teardown(() => proxy.close())
  const connection = await connect(at(proxy.port))
  connection.on('error', () => {})
  const [replied = 0] = proxy.replied
  t.equal((await drive(amqpCheck(connection))).err, undefined)
  const reply = (proxy.replied[0] ?? 0) - replied
  // Room for the answer to a channel opened, not for all of the answer to its close.
  await proxy.set('hang', { replyBytes: (proxy.replied[0] ?? 0) + reply - 3 })
  const running = drive(amqpCheck(connection), 60_000)
  await until(() => (proxy.replied[0] ?? 0) >= replied + 2 * reply, 'the answer to the close')
  await proxy.set('pass')
  const { err, timedOut } = await running
  t.notOk(timedOut)
  t.match(err, { code: 'AMQP_NO_CONNECTION' })
})

test('without a connection it fails with its code', async (t) => {
  t.match((await drive(amqpCheck(() => undefined))).err, {
    code: 'AMQP_NO_CONNECTION',
    message: 'there is no connection'
  })
})

test('anything but a connection is a coded TypeError', async (t) => {
  for (const wrong of [undefined, {}, 'amqp://localhost', connect, () => ({}), async () => undefined]) {
    t.throws(() => amqpCheck(wrong as never), {
      code: 'DOCKERFLOW_CHECKS_INVALID_CLIENT',
      message:
        '@dockerflow/checks: amqpCheck must be given a connection of amqplib, or a function that returns it'
    })
  }
})
