import { connect, createServer, type Server, type Socket } from 'node:net'

/** What happens to the connections of a backing service. */
export type ProxyMode = 'pass' | 'cut' | 'hang'

/** Resets a connection; one that is half closed can't be, and a failed reset would keep the process from ending. */
function reset(socket: Socket): void {
  if (socket.readyState === 'open') socket.resetAndDestroy()
  else socket.destroy()
}

/** Stands between a container and a backing service of it. */
export class BackingProxy {
  #mode: ProxyMode = 'pass'
  readonly #server: Server
  readonly #sockets = new Set<Socket>()

  constructor(upstream: { host: string; port: number }) {
    this.#server = createServer((socket) => {
      this.#track(socket)
      if (this.#mode === 'cut') {
        reset(socket)
        return
      }
      if (this.#mode === 'hang') {
        socket.pause()
        return
      }
      const target = connect(upstream)
      this.#track(target)
      socket.pipe(target).pipe(socket)
    })
  }

  #track(socket: Socket): void {
    this.#sockets.add(socket)
    socket.on('error', () => {})
    socket.on('close', () => this.#sockets.delete(socket))
  }

  async listen(host: string, port: number): Promise<void> {
    await new Promise<void>((resolve, reject) => {
      this.#server.once('error', reject).listen(port, host, resolve)
    })
  }

  /** `cut` resets what is open; `hang` lets it stand, and passes nothing on. */
  set(mode: ProxyMode): void {
    this.#mode = mode
    for (const socket of this.#sockets) {
      if (mode === 'hang') socket.unpipe().pause()
      else reset(socket)
    }
  }

  async close(): Promise<void> {
    for (const socket of this.#sockets) socket.destroy()
    await new Promise((resolve) => this.#server.close(resolve))
  }
}
