import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { type AddressInfo, connect, createServer, type Server, type Socket } from 'node:net'
import { createInterface } from 'node:readline'
import { guarded } from './guard.ts'
import { find, freePort, without } from './programs.ts'

export const withoutKafka = (): string | false => without('kcat')

/**
 * The nearest thing to a Kafka broker that Debian holds: the mock cluster of librdkafka, which speaks Kafka's
 * own protocol, run by kcat. It names itself in its replies, by a port that it chooses: here that port is
 * replaced by the one that clients are to use, which may be a proxy's, and stays the same when it is restarted.
 */
export class KafkaServer {
  readonly port: number
  /** The port clients connect to. */
  advertised: number
  readonly #server: Server
  readonly #sockets = new Set<Socket>()
  #broker: ChildProcess | undefined
  #brokerPort = 0

  private constructor(server: Server) {
    this.#server = server
    this.port = this.advertised = (server.address() as AddressInfo).port
    server.on('connection', (client) => this.#relay(client))
  }

  static async create(): Promise<KafkaServer> {
    const server = createServer()
    server.listen(await freePort(), '127.0.0.1')
    await once(server, 'listening')
    const kafka = new KafkaServer(server)
    await kafka.start()
    return kafka
  }

  async start(): Promise<void> {
    const mock = ['-X', 'test.mock.num.brokers=1', '-d', 'mock']
    const args = ['-C', '-b', '127.0.0.1:1', '-t', 'demo', ...mock]
    const broker = guarded(spawn(find('kcat') as string, args, { stdio: ['ignore', 'ignore', 'pipe'] }))
    this.#broker = broker
    for await (const line of createInterface({ input: broker.stderr })) {
      const port = /bootstrap\.servers=127\.0\.0\.1:(\d+)/.exec(line)?.[1]
      if (port === undefined) continue
      this.#brokerPort = Number(port)
      break
    }
    if (this.#brokerPort === 0) throw new Error('kcat has no mock cluster')
    broker.stderr.resume()
    if (!this.#server.listening) {
      this.#server.listen(this.port, '127.0.0.1')
      await once(this.#server, 'listening')
    }
  }

  /** Ends the broker at once. */
  async stop(): Promise<void> {
    this.#server.close()
    for (const socket of this.#sockets) socket.destroy()
    const broker = this.#broker
    if (!broker || broker.exitCode !== null || broker.signalCode !== null) return
    const exit = once(broker, 'exit')
    broker.kill('SIGKILL')
    await exit
  }

  remove(): Promise<void> {
    return this.stop()
  }

  #relay(client: Socket): void {
    const broker = connect(this.#brokerPort, '127.0.0.1')
    for (const [socket, other] of [
      [client, broker],
      [broker, client]
    ] as const) {
      this.#sockets.add(socket)
      socket.on('error', () => other.destroy())
      socket.on('close', () => {
        this.#sockets.delete(socket)
        other.destroy()
      })
    }
    client.pipe(broker)
    // A reply of this broker is small enough to come in one chunk.
    broker.on('data', (reply) => {
      const from = Buffer.from('127.0.0.1\0\0\0\0', 'latin1')
      from.writeUInt32BE(this.#brokerPort, 9)
      const at = reply.indexOf(from)
      if (at !== -1) reply.writeUInt32BE(this.advertised, at + 9)
      client.write(reply)
    })
  }
}
