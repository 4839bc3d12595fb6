import { hasMembers } from '@dockerflow/kit/options'
import { oneQuestion } from '../one-question.ts'
import { clusterDown, type RedisConnection, type RedisDriver } from './redis.ts'

interface Opens {
  /** Whether it is connected, or tries to. */
  readonly isOpen: boolean
  once(event: 'connect' | 'terminated', listener: () => void): unknown
}
interface Client extends Opens {
  readonly options: { readonly socket?: object }
  duplicate(options: object): Client
  connect(): Promise<unknown>
  sendCommand(args: string[]): Promise<unknown>
  destroy(): void
  on(event: 'error' | 'end', listener: () => void): unknown
}
interface Cluster extends Opens {
  readonly masters: { client?: Client | Promise<Client> }[]
  nodeClient(node: object): Client | Promise<Client>
}
interface Pool extends Opens {
  readonly tasksQueueLength: number
  readonly idleClients: number
  execute<T>(work: (client: Client) => T): Promise<T>
}
interface Sentinel extends Opens {
  _execute<T>(readOnly: boolean, work: (master: Client) => T): Promise<T>
}

const isOpening = (value: unknown): value is Record<string, unknown> =>
  hasMembers(value) && typeof value.isOpen === 'boolean' && typeof value.sendCommand === 'function'

const isClient = (value: unknown): value is Client =>
  isOpening(value) && typeof value.duplicate === 'function' && hasMembers(value.options)

const isCluster = (value: unknown): value is Cluster =>
  isOpening(value) && 'masters' in value && 'nodeClient' in value

const isPool = (value: unknown): value is Pool =>
  isOpening(value) && typeof value.execute === 'function' && typeof value.tasksQueueLength === 'number'

const isSentinel = (value: unknown): value is Sentinel =>
  isOpening(value) && typeof value.getMasterNode === 'function' && typeof value._execute === 'function'

/** A client that was open, or tried to open, and is not: it gave up, or the app closed it. */
function closedForGood(client: Opens): () => boolean {
  let tried = client.isOpen
  const note = () => {
    tried = true
  }
  client.once('connect', note)
  client.once('terminated', note)
  return () => {
    tried ||= client.isOpen
    return tried && !client.isOpen
  }
}

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
      destroyed.abort()
      own.destroy()
    }
  }
}

function ofPool(pool: Pool): RedisDriver {
  // A pool doesn't show how it connects, but each of its clients does. One is borrowed for a moment, once.
  const borrow = oneQuestion((pool: Pool) => pool.execute((client) => client))
  let any: Client | undefined
  return {
    clustered: false,
    closed: () => closedForGood(pool),
    saturated: () => pool.tasksQueueLength > 0 && pool.idleClients === 0,
    async connections(signal) {
      any ??= await borrow(pool, signal)
      return [connection(any)]
    }
  }
}

function ofSentinel(sentinel: Sentinel): RedisDriver {
  // The app's client knows where the master is now.
  const master = oneQuestion((sentinel: Sentinel) => sentinel._execute(false, (client) => client))
  return {
    clustered: false,
    closed: () => closedForGood(sentinel),
    connections: async (signal) => [connection(await master(sentinel, signal))]
  }
}

/** The driver of this client, or undefined where the client isn't of `redis`. */
export function nodeRedis(client: unknown): RedisDriver | undefined {
  if (isPool(client)) return ofPool(client)
  if (isSentinel(client)) return ofSentinel(client)
  if (isCluster(client)) {
    return {
      clustered: true,
      closed: () => closedForGood(client),
      async connections() {
        const nodes = await Promise.all(client.masters.map((node) => node.client ?? client.nodeClient(node)))
        if (nodes.length === 0) throw clusterDown("the app's client knows no node of the cluster")
        return nodes.map((node) => connection(node))
      }
    }
  }
  if (!isClient(client)) return undefined
  return {
    clustered: false,
    closed: () => closedForGood(client),
    connections: async () => [connection(client)]
  }
}
