import { once } from 'node:events'
import type { AddressInfo, Server, Socket } from 'node:net'
import { freePort } from './programs.ts'

/** A server that runs in the test's own process, and can be ended as a crash would, and started again. */
export class NodeServer {
  readonly port: number
  readonly #make: () => Server
  readonly #sockets = new Set<Socket>()
  #server: Server

  private constructor(make: () => Server, server: Server) {
    this.#make = make
    this.#server = server
    this.port = (server.address() as AddressInfo).port
    this.#watch()
  }

  /** Starts what `make` returns, for example `() => createServer(handler)` of `node:http`. */
  static async create(make: () => Server): Promise<NodeServer> {
    const server = make().listen(await freePort(), '127.0.0.1')
    await once(server, 'listening')
    return new NodeServer(make, server)
  }

  async start(): Promise<void> {
    this.#server = this.#make().listen(this.port, '127.0.0.1')
    this.#watch()
    await once(this.#server, 'listening')
  }

  async stop(): Promise<void> {
    this.#server.close()
    for (const socket of this.#sockets) socket.resetAndDestroy()
  }

  remove(): Promise<void> {
    return this.stop()
  }

  #watch(): void {
    this.#server.on('connection', (socket: Socket) => {
      this.#sockets.add(socket)
      socket.on('error', () => {})
      socket.on('close', () => this.#sockets.delete(socket))
    })
  }
}
