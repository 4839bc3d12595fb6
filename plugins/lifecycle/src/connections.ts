import { subscribe, unsubscribe } from 'node:diagnostics_channel'
import type { IncomingMessage, Server, ServerResponse } from 'node:http'
import type { Http2ServerRequest, ServerHttp2Session } from 'node:http2'
import type { AddressInfo, Socket } from 'node:net'
import type { Duplex } from 'node:stream'

/** A request that has no answer yet, or whose answer hasn't ended. */
export interface OpenRequest {
  /** Its method and the `url` its route was declared with. */
  route: string
  /** How long ago it began, in ms. */
  age: number
  /** Whether its answer has begun: a stream, or a connection that was upgraded, such as a WebSocket. */
  begun: boolean
}

interface Exchange {
  request: IncomingMessage
  /** Undefined for a stream of an HTTP/2 session. */
  socket: Socket | undefined
  /** Undefined for a connection that was upgraded. */
  response: ServerResponse | undefined
  since: number
}

type App = { server: Server; addresses(): (AddressInfo | string)[] }

/** How often connections are looked at that came, or fell idle, after closing began; in ms. */
const interval = 100
/** Of nghttp2, spelled out so that services without HTTP/2 don't load it. */
const NGHTTP2_CANCEL = 8
const NGHTTP2_STREAM_STATE_HALF_CLOSED_REMOTE = 6

/**
 * What both a TLS socket and the TCP socket below it have in common. Those of a socket file all have the same: idle ones
 * stay until no request is in flight.
 */
const peer = ({ remoteAddress, remotePort }: Pick<Socket, 'remoteAddress' | 'remotePort'>) =>
  `${remoteAddress} ${remotePort}`

const begun = ({ response }: Exchange) => response === undefined || response.headersSent

/** Whether all of the request is here. In HTTP/2 Node's `complete` says only that it was read. */
function isWhole({ request }: Exchange): boolean {
  if (request.httpVersionMajor !== 2) return request.complete
  const { stream } = request as unknown as Http2ServerRequest
  return stream.endAfterHeaders || stream.state.state === NGHTTP2_STREAM_STATE_HALF_CLOSED_REMOTE
}

/**
 * The connections of an app, and the requests that are open on them. Fastify's server is one of several where the
 * host is `localhost`, and a connection can be open long before its first request: Node's diagnostics channels tell
 * of all of them.
 */
export class Connections {
  readonly #app: App
  readonly #sockets = new Set<Socket>()
  /** HTTP/2 sessions, each with the peer of its socket, which it loses when it ends. */
  readonly #sessions = new Map<ServerHttp2Session, string>()
  readonly #exchanges = new Set<Exchange>()
  readonly #routes = new WeakMap<object, string>()
  #ports: Set<number> | undefined
  #timer: NodeJS.Timeout | undefined
  #scheduled = false

  constructor(app: App) {
    this.#app = app
    const { server } = app
    subscribe('net.server.socket', this.#connected)
    subscribe('http.server.request.start', this.#requested)
    server.on('session', (session: ServerHttp2Session) => {
      this.#sessions.set(session, peer(session.socket))
      session.once('close', () => this.#sessions.delete(session))
    })
    server.on('request', (request, response) => {
      if (request.httpVersionMajor === 2) this.#begin(request, response, undefined)
    })
    this.#joinUpgrades('upgrade')
    this.#joinUpgrades('connect')
  }

  /** Remembers which route serves a request. */
  name(request: object, route: string): void {
    this.#routes.set(request, route)
  }

  /**
   * Closes every connection that has no whole request, or whose answer has been sent, now and until `end()`. What
   * comes later is a client that was slow to send, or one that keeps its connection after its answer.
   */
  closeIdle(): void {
    if (this.#timer !== undefined) return
    this.#timer = setInterval(() => this.#sweep(), interval).unref()
    this.#sweep()
  }

  /**
   * Destroys all connections. Resolves once all that is said of their requests is said, with those that were open, the
   * oldest first.
   */
  async cut(): Promise<OpenRequest[]> {
    const now = performance.now()
    const open = [...this.#exchanges].filter(({ socket }) => !socket || this.#isOurs(socket))
    const requests = open.map((exchange) => ({
      route: `${exchange.request.method} ${this.#routes.get(exchange.request) ?? '(no route)'}`,
      age: Math.round(now - exchange.since),
      begun: begun(exchange)
    }))
    const closed = open.map(
      ({ socket, response }) => new Promise((resolve) => (response ?? socket)?.once('close', resolve))
    )
    for (const session of this.#sessions.keys()) session.destroy()
    for (const socket of this.#sockets) if (this.#isOurs(socket)) socket.destroy()
    await Promise.all(closed)
    return requests
  }

  /** Stops watching. */
  end(): void {
    clearInterval(this.#timer)
    unsubscribe('net.server.socket', this.#connected)
    unsubscribe('http.server.request.start', this.#requested)
  }

  readonly #connected = (message: unknown) => {
    const { socket } = message as { socket: Socket }
    this.#sockets.add(socket)
    socket.once('close', () => this.#sockets.delete(socket))
  }

  readonly #requested = (message: unknown) => {
    const { request, response } = message as { request: IncomingMessage; response: ServerResponse }
    this.#begin(request, response, request.socket)
  }

  #begin(request: IncomingMessage, response: ServerResponse | undefined, socket: Socket | undefined) {
    const exchange = { request, socket, response, since: performance.now() }
    this.#exchanges.add(exchange)
    ;(response ?? socket)?.once('close', () => {
      this.#exchanges.delete(exchange)
      if (this.#timer === undefined || this.#scheduled) return
      this.#scheduled = true
      setImmediate(() => {
        this.#scheduled = false
        this.#sweep()
      })
    })
  }

  /** Joins the app's listeners for upgrades: a listener of ours alone would make Node upgrade what nobody handles. */
  #joinUpgrades(event: 'upgrade' | 'connect') {
    const { server } = this.#app
    const join = () => {
      server.prependListener(event, (request: IncomingMessage, stream: Duplex) => {
        if (server.listenerCount(event) === 1)
          stream.destroy() // the app's is gone: it closes
        // Injected by a test, a request has a stream alone.
        else this.#begin(request, undefined, request.socket ?? (stream as Socket))
      })
    }
    if (server.listenerCount(event) > 0) return join()
    server.on('newListener', function wait(name) {
      if (name !== event) return
      server.off('newListener', wait)
      join()
    })
  }

  /** Channels report on the whole process, which may have other servers. */
  #isOurs(socket: Socket & { server?: unknown }): boolean {
    // A socket file, which has no port, has one server alone.
    if (socket.localPort === undefined) return socket.server === this.#app.server
    // Once the server is closed it has no address.
    this.#ports ??= new Set(this.#app.addresses().map((address) => (address as AddressInfo).port))
    return this.#ports.has(socket.localPort)
  }

  #sweep() {
    const busy = new Set<unknown>()
    for (const exchange of this.#exchanges) {
      const { request, socket } = exchange
      if (isWhole(exchange) || begun(exchange)) busy.add(socket).add(socket && peer(socket))
      else if (request.httpVersionMajor === 2) {
        ;(request as unknown as Http2ServerRequest).stream.close(NGHTTP2_CANCEL)
      }
    }
    for (const [session, address] of this.#sessions) {
      busy.add(address)
      session.close()
    }
    for (const socket of this.#sockets) {
      if (this.#isOurs(socket) && !busy.has(socket) && !busy.has(peer(socket))) socket.destroy()
    }
  }
}
