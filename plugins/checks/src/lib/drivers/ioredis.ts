import { hasMembers } from '@dockerflow/kit/options'
import { clusterDown, type RedisConnection, type RedisDriver } from './redis.ts'

interface Client {
  readonly options: object
  /** `end` when it won't connect again by itself. */
  readonly status: string
  duplicate(options: object): Client
  connect(): Promise<void>
  call(...args: string[]): Promise<unknown>
  disconnect(): void
  on(event: 'error' | 'end', listener: (err: unknown) => void): unknown
}
interface Cluster {
  readonly status: string
  nodes(): Client[]
}

const isClient = (value: unknown): value is Client =>
  hasMembers(value) && typeof value.call === 'function' && typeof value.disconnect === 'function'

const isCluster = (value: unknown): value is Cluster =>
  isClient(value) && 'isCluster' in value && value.isCluster === true

const giveUp = () => null

// One attempt, and nothing in a queue: commands that time out would stay in there.
const once = {
  lazyConnect: true,
  enableOfflineQueue: false,
  enableReadyCheck: false,
  enableAutoPipelining: false,
  maxRetriesPerRequest: 0,
  retryStrategy: giveUp,
  sentinelRetryStrategy: giveUp,
  reconnectOnError: null,
  disconnectTimeout: 0 // else disconnect() waits 2 s for the server before it destroys the socket
}

function connection(app: Client): RedisConnection {
  const own = app.duplicate(once)
  let cause: unknown
  own.on('error', (err) => {
    cause ??= err
  })
  return {
    // connect() itself says no more than that the connection is closed.
    open: () => own.connect().catch((err) => Promise.reject(cause ?? err)),
    command: (...args) => own.call(...args),
    onEnd: (listener) => void own.on('end', listener),
    destroy: () => own.disconnect()
  }
}

/** The driver of this client, or undefined where the client isn't of ioredis. */
export function ioredis(client: unknown): RedisDriver | undefined {
  if (isCluster(client)) {
    return {
      clustered: true,
      closed: () => () => client.status === 'end',
      async connections() {
        const nodes = client.nodes()
        if (nodes.length === 0) throw clusterDown("the app's client knows no node of the cluster")
        return nodes.map((node) => connection(node))
      }
    }
  }
  if (!isClient(client)) return undefined
  return {
    clustered: false,
    closed: () => () => client.status === 'end',
    connections: async () => [connection(client)]
  }
}
