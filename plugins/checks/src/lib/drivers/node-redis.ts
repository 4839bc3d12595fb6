import { hasMembers } from '@dockerflow/kit/options'
import { clusterDown, type RedisConnection, type RedisDriver } from './redis.ts'

interface Client {
  readonly options: { readonly socket?: object }
  duplicate(options: object): Client
  connect(): Promise<unknown>
  sendCommand(args: string[]): Promise<unknown>
  destroy(): void
  on(event: 'error' | 'end', listener: () => void): unknown
}
interface Cluster {
  readonly masters: { client?: Client | Promise<Client> }[]
  nodeClient(node: object): Client | Promise<Client>
}

const isClient = (value: unknown): value is Client =>
  hasMembers(value) && typeof value.sendCommand === 'function' && typeof value.duplicate === 'function'

const isCluster = (value: unknown): value is Cluster =>
  isClient(value) && 'masters' in value && 'nodeClient' in value

function connection(app: Client): RedisConnection {
  // destroy() doesn't reach a socket that is still connecting; the signal, an option of every socket, does.
  const destroyed = new AbortController()
  const own = app.duplicate({
    socket: { ...app.options.socket, reconnectStrategy: false, signal: destroyed.signal },
    disableOfflineQueue: true,
    maintNotifications: 'disabled'
  })
  own.on('error', () => {})
  return {
    open: () => own.connect(),
    command: (...args) => own.sendCommand(args),
    onEnd: (listener) => void own.on('error', listener),
    destroy() {
      own.destroy()
      destroyed.abort()
    }
  }
}

/** The driver of this client, or undefined where the client isn't of `redis`. */
export function nodeRedis(client: unknown): RedisDriver | undefined {
  if (isCluster(client)) {
    return {
      clustered: true,
      async connections() {
        const nodes = await Promise.all(client.masters.map((node) => node.client ?? client.nodeClient(node)))
        if (nodes.length === 0) throw clusterDown("the app's client knows no node of the cluster")
        return nodes.map((node) => connection(node))
      }
    }
  }
  if (!isClient(client)) return undefined
  return { clustered: false, connections: async () => [connection(client)] }
}
