import type { Socket } from 'node:net'
import type { CheckOptions } from '@dockerflow/heartbeat'
import { hasMembers } from '@dockerflow/kit/options'
import { defineCheck } from './lib/define-check.ts'
import { ageInMs, type KeepOptions, type KeptConnection, keepConnection } from './lib/keep-connection.ts'

/** A `Client` of `memjs`, as far as the check uses it. */
export interface MemjsClient {
  readonly servers: readonly object[]
}

/** The options of `memcachedCheck`, beside the engine's. */
export interface MemcachedCheckOptions extends CheckOptions, KeepOptions {}

interface Server {
  readonly host: string
  readonly port: number
  readonly username: string | undefined
  readonly password: string | undefined
  readonly options: object
  readonly _socket?: Socket
  write(request: Buffer): void
  onResponse(id: number, listener: (response: { header: { status: number } }) => void): void
  onError(id: number, listener: (err: unknown) => void): void
}

const isServer = (value: unknown): value is Server =>
  hasMembers(value) && typeof value.write === 'function' && typeof value.onResponse === 'function'

const requestId = 1
/** The request VERSION of memcached's binary protocol, which is what memjs speaks. */
const version = Buffer.alloc(24)
version.writeUInt8(0x80, 0)
version.writeUInt8(0x0b, 1)
version.writeUInt32BE(requestId, 12)

/** A connection of the check's own to one server. It logs in, where the app does, before the first request. */
function connect(app: Server): { ask(): Promise<void>; destroy(): void } {
  const { host, port, username, password, options } = app
  const Constructor = app.constructor as new (...args: unknown[]) => Server
  const own = new Constructor(host, port, username, password, options)
  return {
    ask: () =>
      new Promise((resolve, reject) => {
        own.onResponse(requestId, ({ header }) =>
          header.status === 0
            ? resolve()
            : reject(new Error(`memcached answered with status ${header.status}`))
        )
        // memjs reports a refused login as a string
        own.onError(requestId, (err) => reject(err instanceof Error ? err : new Error(String(err))))
        own.write(version)
      }),
    destroy: () => own._socket?.destroy()
  }
}

/**
 * A check of memcached: whether each server of the client answers VERSION.
 * Throws DOCKERFLOW_CHECKS_INVALID_CLIENT or DOCKERFLOW_CHECKS_INVALID_OPTION.
 */
export const memcachedCheck = defineCheck<MemjsClient, MemcachedCheckOptions>({
  name: 'memcachedCheck',
  client: {
    accepts: (value) => hasMembers(value) && Array.isArray(value.servers) && value.servers.some(isServer),
    expected: 'a Client of memjs'
  },
  options: { maxAge: ageInMs },
  build({ servers }, { maxAge }) {
    return keepConnection(
      (): KeptConnection => {
        const connections = (servers as readonly Server[]).map(connect)
        const ask = async () => {
          await Promise.all(connections.map((connection) => connection.ask()))
        }
        return {
          open: ask, // memjs connects with the first request
          ask,
          destroy() {
            for (const connection of connections) connection.destroy()
          }
        }
      },
      { maxAge }
    )
  }
})
