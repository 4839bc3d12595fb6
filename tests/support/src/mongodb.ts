import { once } from 'node:events'
import { type AddressInfo, createServer, type Server, type Socket } from 'node:net'
import { BSON } from 'bson'
import { freePort } from './programs.ts'

const opMsg = 2013
const opQuery = 2004
const opReply = 1

/**
 * The wire protocol of MongoDB, as far as the official driver needs it to log in (PLAIN) and to send a `ping`.
 * No server of MongoDB is in Debian or in the npm registry: so this is no test of a server, but of how the driver
 * and what uses it behave on a real connection.
 */
export class MongodbWire {
  readonly port: number
  /** The names of the commands that came, in their order. */
  readonly commands: string[] = []
  readonly #server: Server
  readonly #sockets = new Set<Socket>()
  readonly #password: string

  private constructor(server: Server, password: string) {
    this.#server = server
    this.#password = password
    this.port = (server.address() as AddressInfo).port
    server.on('connection', (socket) => this.#serve(socket))
  }

  static async create(password = 'a-password'): Promise<MongodbWire> {
    const server = createServer().listen(await freePort(), '127.0.0.1')
    await once(server, 'listening')
    return new MongodbWire(server, password)
  }

  /** How many connections are open. */
  get open(): number {
    return this.#sockets.size
  }

  async start(): Promise<void> {
    this.#server.listen(this.port, '127.0.0.1')
    await once(this.#server, 'listening')
  }

  /** Ends it at once, as a crash would. */
  async stop(): Promise<void> {
    if (!this.#server.listening) return
    this.#server.close()
    for (const socket of this.#sockets) socket.resetAndDestroy()
    await once(this.#server, 'close')
  }

  remove(): Promise<void> {
    return this.stop()
  }

  #serve(socket: Socket): void {
    this.#sockets.add(socket)
    socket.on('close', () => this.#sockets.delete(socket)).on('error', () => {})
    let received = Buffer.alloc(0)
    socket.on('data', (chunk) => {
      received = Buffer.concat([received, chunk])
      while (received.length >= 16 && received.length >= received.readInt32LE(0)) {
        const length = received.readInt32LE(0)
        socket.write(this.#reply(received.subarray(0, length)))
        received = received.subarray(length)
      }
    })
  }

  /** The answer to one message, header included. */
  #reply(message: Buffer): Buffer {
    const requestId = message.readInt32LE(4)
    const legacy = message.readInt32LE(12) === opQuery
    // OP_MSG: flags, kind of section, document. OP_QUERY: flags, name of the collection, skip, limit, document.
    const start = legacy ? message.indexOf(0, 20) + 9 : 21
    const document = BSON.serialize(this.#answer(BSON.deserialize(message.subarray(start))))
    const before = Buffer.alloc(legacy ? 20 : 5)
    if (legacy) before.writeInt32LE(1, 16) // one document
    const header = Buffer.alloc(16)
    header.writeInt32LE(16 + before.length + document.length, 0)
    header.writeInt32LE(requestId, 8)
    header.writeInt32LE(legacy ? opReply : opMsg, 12)
    return Buffer.concat([header, before, document])
  }

  #answer(command: BSON.Document): BSON.Document {
    const name = Object.keys(command)[0] ?? ''
    this.commands.push(name)
    switch (name) {
      case 'hello':
      case 'ismaster':
      case 'isMaster':
        return {
          helloOk: true,
          isWritablePrimary: true,
          ismaster: true,
          maxBsonObjectSize: 16_777_216,
          maxMessageSizeBytes: 48_000_000,
          maxWriteBatchSize: 100_000,
          minWireVersion: 0,
          maxWireVersion: 25,
          localTime: new Date(),
          logicalSessionTimeoutMinutes: 30,
          readOnly: false,
          ok: 1
        }
      case 'saslStart': {
        const given = Buffer.from(command.payload.buffer).toString().split('\0')[2]
        if (given !== this.#password)
          return { ok: 0, code: 18, codeName: 'AuthenticationFailed', errmsg: 'no' }
        return { ok: 1, conversationId: 1, done: true, payload: Buffer.alloc(0) }
      }
      default:
        return { ok: 1 }
    }
  }
}
