import type { CheckOptions } from '@dockerflow/heartbeat'
import { hasMembers } from '@dockerflow/kit/options'
import { defineCheck } from './lib/define-check.ts'
import { ageInMs, type KeepOptions, keepConnection } from './lib/keep-connection.ts'

/** A `MongoClient` of `mongodb`, as far as the check uses it. */
export interface MongodbClient {
  readonly options: object
  db(name?: string): object
}

/** The options of `mongodbCheck`, beside the engine's. */
export interface MongodbCheckOptions extends CheckOptions, KeepOptions {}

interface Client {
  readonly s: { readonly hasBeenClosed: boolean }
  options: { readonly hosts: object[] }
  readonly topology?: { close(): void }
  db(name: string): { command(command: object, options: object): Promise<unknown> }
  connect(): Promise<unknown>
  close(): Promise<void>
}

const isClient = (value: unknown): value is Client =>
  hasMembers(value) &&
  typeof value.db === 'function' &&
  hasMembers(value.options) &&
  Array.isArray(value.options.hosts)

/** From then on it refuses each operation, until the app connects it again. */
const isClosed = ({ s, topology }: Client): boolean => s.hasBeenClosed && topology === undefined

/**
 * A client of the check's own, with what the app's read from its URL and options. It has one connection for the
 * probe, and one for each server that it watches.
 */
function likeTheApps(app: Client, connectTimeoutMS: number): Client {
  const own = new (app.constructor as new (url: string) => Client)('mongodb://127.0.0.1')
  own.options = {
    ...app.options,
    hosts: [...app.options.hosts],
    connectTimeoutMS, // the driver leaves a socket that waits for the server's greeting alone until then
    maxPoolSize: 1,
    minPoolSize: 0,
    serverMonitoringMode: 'poll' // `stream` takes a second connection for each server
  } as Client['options']
  return own
}

/**
 * A check of MongoDB: whether a server that can be read from answers `{ ping: 1 }`.
 * Throws DOCKERFLOW_CHECKS_INVALID_CLIENT or DOCKERFLOW_CHECKS_INVALID_OPTION.
 */
export const mongodbCheck = defineCheck<MongodbClient, MongodbCheckOptions>({
  name: 'mongodbCheck',
  client: { accepts: isClient, expected: 'a MongoClient of mongodb 7' },
  options: { maxAge: ageInMs },
  closed: (app) => () => isClosed(app as unknown as Client),
  build(app, { connectTimeout = 5000, maxAge }) {
    return keepConnection(
      () => {
        const own = likeTheApps(app as unknown as Client, connectTimeout)
        return {
          open: () => own.connect(),
          ask: async ({ signal }) => {
            await own.db('admin').command({ ping: 1 }, { signal })
          },
          destroy() {
            // close() alone would first tell the server, and wait for it.
            own.topology?.close()
            own.close().catch(() => {})
          }
        }
      },
      { maxAge }
    )
  }
})
