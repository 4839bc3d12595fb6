import { randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { type AddressInfo, connect, createServer, type Server, type Socket } from 'node:net'
import { setTimeout as sleep } from 'node:timers/promises'
import { freePort } from './programs.ts'

/**
 * What the proxy does to connections, open ones and new ones:
 *
 * | mode | what happens |
 * |---|---|
 * | `pass` | bytes go both ways |
 * | `hang` | both sides stay connected and no byte arrives; what is sent is swallowed |
 * | `hang-requests` | what the client sends is swallowed |
 * | `hang-replies` | what the server sends is swallowed |
 * | `reset` | connections end with a TCP reset |
 * | `refuse` | nothing listens, and open connections end with a reset |
 * | `latency` | each chunk of a reply comes 100 ms late |
 * | `drip` | replies come one byte every 10 ms |
 * | `garbage` | each reply is replaced by random bytes |
 */
export type FaultMode =
  | 'pass'
  | 'hang'
  | 'hang-requests'
  | 'hang-replies'
  | 'reset'
  | 'refuse'
  | 'latency'
  | 'drip'
  | 'garbage'

/** A TCP proxy in front of a server of the loopback interface, that can fail in the ways of a network. */
export class FaultProxy {
  readonly port: number
  /** How many connections clients have made so far. */
  accepted = 0
  /** How many bytes servers have sent on each connection so far, in the order of the connections. */
  readonly replied: number[] = []
  readonly #server: Server
  readonly #targetPort: number
  readonly #pairs = new Set<[client: Socket, upstream: Socket]>()
  /** The connections that lost bytes. */
  readonly #lossy = new Set<[client: Socket, upstream: Socket]>()
  #mode: FaultMode = 'pass'
  #replyBytes = 0

  private constructor(server: Server, targetPort: number) {
    this.#server = server
    this.#targetPort = targetPort
    this.port = (server.address() as AddressInfo).port
    server.on('connection', (client) => this.#accept(client))
  }

  static async create(targetPort: number): Promise<FaultProxy> {
    const server = createServer()
    server.listen(await freePort(), '127.0.0.1')
    await once(server, 'listening')
    return new FaultProxy(server, targetPort)
  }

  /** How many connections are open at this moment, as the server sees it. */
  get open(): number {
    return this.#pairs.size
  }

  /**
   * Sets the mode. With `replyBytes`, a connection passes that many bytes of replies before the mode takes
   * hold of it: this is how a handshake succeeds and the reply after it is lost or cut in its midst.
   * A connection that lost bytes ends when the mode changes: TCP never goes on after a loss.
   */
  async set(mode: FaultMode, { replyBytes = 0 } = {}): Promise<void> {
    this.#mode = mode
    this.#replyBytes = replyBytes
    for (const pair of this.#lossy) reset(pair)
    if (mode === 'refuse' && this.#server.listening) {
      this.#server.close()
    } else if (mode !== 'refuse' && !this.#server.listening) {
      this.#server.listen(this.port, '127.0.0.1')
      await once(this.#server, 'listening')
    }
    if ((mode === 'reset' && replyBytes === 0) || mode === 'refuse') this.#resetAll()
  }

  async close(): Promise<void> {
    this.#server.close()
    this.#resetAll()
  }

  #resetAll(): void {
    for (const pair of this.#pairs) reset(pair)
  }

  #accept(client: Socket): void {
    const index = this.accepted++
    this.replied[index] = 0
    const upstream = connect(this.#targetPort, '127.0.0.1')
    const pair: [Socket, Socket] = [client, upstream]
    this.#pairs.add(pair)
    // Half-closed connections are passed on as closed: no client of ours tells the two apart.
    for (const socket of pair) {
      socket.setNoDelay(true)
      socket.on('error', () => reset(pair))
      socket.on('close', () => {
        this.#pairs.delete(pair)
        this.#lossy.delete(pair)
        for (const other of pair) other.end()
      })
    }
    if (this.#mode === 'reset' && this.#replyBytes === 0) reset(pair)

    let passed = 0
    let replies = Promise.resolve()
    client.on('data', (chunk) => {
      const faulty = passed >= this.#replyBytes
      if (faulty && (this.#mode === 'hang' || this.#mode === 'hang-requests')) {
        this.#lossy.add(pair)
        return
      }
      upstream.write(chunk)
    })
    upstream.on('data', (data) => {
      const chunk = data as Buffer // newer types of Node allow for strings
      this.replied[index] = (this.replied[index] ?? 0) + chunk.length
      const room = Math.max(0, this.#replyBytes - passed)
      passed += chunk.length
      const [before, after] =
        this.#mode === 'pass' ? [chunk, chunk.subarray(chunk.length)] : split(chunk, room)
      replies = replies.then(() => this.#reply(pair, before, after))
    })
  }

  /** Passes `before` on, and does to `after` what the mode says. */
  async #reply(pair: [Socket, Socket], before: Buffer, after: Buffer): Promise<void> {
    const [client] = pair
    if (client.destroyed) return
    if (before.length > 0) client.write(before)
    if (after.length === 0) return
    switch (this.#mode) {
      case 'hang':
      case 'hang-replies':
        this.#lossy.add(pair)
        return
      case 'reset':
      case 'refuse':
        return reset(pair)
      case 'garbage':
        this.#lossy.add(pair)
        client.write(randomBytes(after.length))
        return
      case 'latency':
        await sleep(100)
        break
      case 'drip':
        for (const byte of after.subarray(0, -1)) {
          client.write(Buffer.of(byte))
          await sleep(10)
        }
        client.write(after.subarray(-1))
        return
    }
    client.write(after)
  }
}

function split(chunk: Buffer, at: number): [Buffer, Buffer] {
  return [chunk.subarray(0, at), chunk.subarray(at)]
}

function reset([client, upstream]: [Socket, Socket]): void {
  client.resetAndDestroy()
  upstream.destroy()
}
