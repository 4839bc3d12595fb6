import type { FastifyInstance } from 'fastify'
import type { Log } from './log.ts'

/** What `serve()` uses of a Fastify app, whatever the app's server, logger and type provider are. */
export interface ServableApp extends Pick<FastifyInstance, 'addresses' | 'close' | 'listen'> {
  log: Log
  addHook(
    name: 'onSend',
    hook: (
      request: { raw: { httpVersionMajor: number } },
      reply: { header(name: string, value: string): unknown },
      payload: unknown,
      done: () => void
    ) => void
  ): unknown
  /** Of `@dockerflow/lbheartbeat`, where the app has it. */
  lbheartbeat?: { drain(): void }
  /** Of `@dockerflow/heartbeat`, where the app has it. */
  heartbeat?: object & { snapshot?(): { checks?: object } }
  /** Of `@dockerflow/version`, where the app has it. */
  versionObject?: object | null
}

/** A Fastify app, or a function that builds one. */
export type Servable = ServableApp | (() => ServableApp | PromiseLike<ServableApp>)
