import { connect, type Socket } from 'node:net'
import { type ConnectionOptions, connect as connectTls } from 'node:tls'
import type { CheckOptions } from '@dockerflow/heartbeat'
import { hasMembers } from '@dockerflow/kit/options'
import { defineCheck } from './lib/define-check.ts'
import { DOCKERFLOW_CHECKS_INVALID_CLIENT } from './lib/errors.ts'
import { ageInMs, type KeepOptions, type KeptConnection, keepConnection } from './lib/keep-connection.ts'

/** What the check's own client must be made with, beside the app's configuration. */
export interface KafkaOverrides {
  /** kafkajs: the sockets are the check's to destroy. */
  socketFactory(options: {
    host: string
    port: number
    ssl: ConnectionOptions
    onConnect: () => void
  }): Socket
  /** kafkajs: the heartbeat tries again by itself. */
  retry: { retries: number }
  /** kafkajs: nothing. A failure is logged by the heartbeat. */
  logLevel: number
  /** @platformatic/kafka: the heartbeat tries again by itself. */
  retries: number
}

/** A `Kafka` of `kafkajs`, as far as the check uses it. */
export interface KafkaJs {
  admin(): {
    connect(): Promise<void>
    describeCluster(): Promise<unknown>
    disconnect(): Promise<void>
  }
}

/** Any client of `@platformatic/kafka`, as far as the check uses it. */
export interface PlatformaticKafka {
  readonly connections: Iterable<[string, { readonly socket?: { destroy(err: Error): void } }]>
  metadata(options: { topics: string[]; forceUpdate: boolean }): Promise<unknown>
  close(): Promise<unknown>
}

/** Makes a client for the check alone, with the app's configuration and the overrides. */
export type KafkaFactory = (overrides: KafkaOverrides) => KafkaJs | PlatformaticKafka

/** The options of `kafkaCheck`, beside the engine's. */
export interface KafkaCheckOptions extends CheckOptions, KeepOptions {}

const isKafkaJs = (value: unknown): value is KafkaJs => hasMembers(value) && typeof value.admin === 'function'

const isPlatformatic = (value: unknown): value is PlatformaticKafka =>
  hasMembers(value) && typeof value.metadata === 'function' && hasMembers(value.connections)

const expected =
  'a function that returns a new Kafka of kafkajs, or a new client of @platformatic/kafka, made with the overrides that it is given'

type Listener = (...args: unknown[]) => void

/** kafkajs throws from its listener when a reply is no Kafka, which would end the process. */
function guarded(socket: Socket): Socket {
  const on = socket.on as (event: string, listener: Listener) => Socket
  const guard =
    (listener: Listener): Listener =>
    (...args) => {
      try {
        listener(...args)
      } catch (err) {
        socket.destroy(err as Error)
      }
    }
  return Object.assign(socket, {
    on: (event: string, listener: Listener) =>
      on.call(socket, event, event === 'data' ? guard(listener) : listener)
  })
}

function ofKafkaJs(kafka: KafkaJs, sockets: Set<Socket>): KeptConnection {
  const admin = kafka.admin()
  return {
    open: () => admin.connect(),
    async ask() {
      await admin.describeCluster()
    },
    destroy() {
      for (const socket of sockets) socket.destroy(new Error('the check ended'))
      // the client's timers go with it
      admin.disconnect().catch(() => {})
    }
  }
}

function ofPlatformatic(client: PlatformaticKafka): KeptConnection {
  const ask = async () => {
    await client.metadata({ topics: [], forceUpdate: true })
  }
  return {
    open: ask,
    ask,
    destroy() {
      for (const [, { socket }] of client.connections) socket?.destroy(new Error('the check ended'))
      client.close().catch(() => {})
    }
  }
}

/**
 * A check of a Kafka cluster: asks for its metadata, over a connection of its own, and never writes a message.
 * A client can't tell how it was configured: hence a function, such as
 * `(overrides) => new Kafka({ ...config, ...overrides })`.
 * Throws DOCKERFLOW_CHECKS_INVALID_CLIENT or DOCKERFLOW_CHECKS_INVALID_OPTION.
 */
export const kafkaCheck = defineCheck<KafkaFactory, KafkaCheckOptions>({
  name: 'kafkaCheck',
  client: { accepts: (value) => typeof value === 'function', expected },
  options: { maxAge: ageInMs },
  build(factory, { maxAge }) {
    const create = (lost: () => void): KeptConnection => {
      const sockets = new Set<Socket>()
      const client = factory({
        socketFactory({ host, port, ssl, onConnect }) {
          const socket = ssl
            ? connectTls({ host, port, ...ssl }, onConnect)
            : connect({ host, port }, onConnect)
          sockets.add(socket)
          socket.on('close', lost)
          return guarded(socket)
        },
        retry: { retries: 0 },
        logLevel: 0,
        retries: 0
      })
      if (isKafkaJs(client)) return ofKafkaJs(client, sockets)
      if (isPlatformatic(client)) return ofPlatformatic(client)
      throw new DOCKERFLOW_CHECKS_INVALID_CLIENT('kafkaCheck', expected)
    }
    create(() => {}) // refuses a wrong client now; nothing connects until it is asked to
    return keepConnection(create, { maxAge })
  }
})
