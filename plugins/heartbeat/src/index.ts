import { addEndpoint } from '@dockerflow/endpoint'
import type { FastifyPluginAsync, FastifyReply, FastifyRequest } from 'fastify'
import fp from 'fastify-plugin'
import { critical, error, type HeartbeatCheck, info, Level, warning } from './check.ts'
import { Checks } from './checks.ts'
import {
  DOCKERFLOW_HEARTBEAT_ALREADY_REGISTERED,
  DOCKERFLOW_HEARTBEAT_DUPLICATE_CHECK,
  DOCKERFLOW_HEARTBEAT_PREFIXED_SCOPE
} from './errors.ts'
import { healthJson, wantsHealthJson } from './health-json.ts'
import { CheckLog } from './log.ts'
import {
  assertName,
  type FastifyHeartbeatOptions,
  readCheck,
  readCheckOptions,
  readOptions
} from './options.ts'
import { toPayload } from './payload.ts'
import { createAnswers, responseSchema } from './responses.ts'
import type { HeartbeatPayload } from './schema.ts'
import { type ResultListener, Subscribers, type TransitionListener } from './subscribers.ts'

/** The health of the backing services. */
export interface Heartbeat {
  /**
   * Adds a check, at any time. Throws DOCKERFLOW_HEARTBEAT_INVALID_NAME, DOCKERFLOW_HEARTBEAT_DUPLICATE_CHECK or
   * DOCKERFLOW_HEARTBEAT_INVALID_OPTION.
   */
  addCheck(name: string, check: HeartbeatCheck): void
  /** What a request is answered, details included: runs the checks that are due, within `wait`. Never rejects. */
  run(): Promise<HeartbeatPayload>
  /** What is known now, details included. Never runs a check: one that has not run is `unknown`. */
  snapshot(): HeartbeatPayload
  /** Calls `listener` with the result of each run. Returns a function that ends it. */
  onResult(listener: ResultListener): () => void
  /** Calls `listener` whenever the level of a check changes. Returns a function that ends it. */
  onTransition(listener: TransitionListener): () => void
}

declare module 'fastify' {
  interface FastifyInstance {
    heartbeat: Heartbeat
  }
  interface FastifyContextConfig {
    /** True on each route of a Dockerflow plugin, so that a hook can leave them out. */
    dockerflow?: true
  }
}

const fastifyHeartbeat: FastifyPluginAsync<FastifyHeartbeatOptions> = async (fastify, opts) => {
  const { url, checks, silenced, failedStatusCode, failAt, details, hide, engine } = readOptions(opts)
  const subscribers = new Subscribers(new CheckLog(fastify.log))
  const all = new Checks(subscribers)
  const bodyOf = createAnswers(failAt)
  const heartbeat: Heartbeat = {
    addCheck(name, check) {
      assertName(name)
      if (all.has(name)) throw new DOCKERFLOW_HEARTBEAT_DUPLICATE_CHECK(JSON.stringify(name))
      const object = readCheck(name, check)
      all.add({ ...readCheckOptions(object, `checks.${name}.`, engine), name, check: object, silenced })
    },
    async run() {
      await all.refresh()
      return toPayload(all.summary())
    },
    snapshot: () => toPayload(all.summary()),
    onResult: (listener) => subscribers.onResult(listener),
    onTransition: (listener) => subscribers.onTransition(listener)
  }
  for (const [name, check] of Object.entries(checks)) heartbeat.addCheck(name, check)

  /** The body; the reply gets all else. */
  const answer = (request: FastifyRequest, reply: FastifyReply) => {
    const summary = all.summary()
    const { accept, 'if-none-match': etag } = request.headers
    if (etag) delete request.raw.headers['if-none-match'] // @fastify/etag: a heartbeat is never "not modified"
    const asHealthJson = wantsHealthJson(accept)
    const withDetails = typeof details === 'function' ? details(request) === true : details
    reply
      .code(summary.level >= failAt ? failedStatusCode : 200)
      .header('cache-control', 'no-store')
      .header('content-type', asHealthJson ? healthJson : 'application/json; charset=utf-8')
    return bodyOf(summary, asHealthJson, withDetails)
  }

  addEndpoint(
    fastify,
    {
      plugin: '@dockerflow/heartbeat',
      url,
      hide,
      schema: {
        summary: 'Are the backing services up?',
        response: {
          [failedStatusCode]: responseSchema('a check failed'),
          200: responseSchema('no check failed')
        }
      },
      // A monitor that is answered 429 would take it for an outage: exempt from @fastify/rate-limit.
      config: { rateLimit: false },
      // Dockerflow, Containerized App Requirements 5: the backing services, and 5xx when one is down.
      handler(request, reply) {
        const pending = all.refresh()
        if (pending) return pending.then(() => answer(request, reply))
        reply.send(answer(request, reply))
      }
    },
    {
      AlreadyRegistered: DOCKERFLOW_HEARTBEAT_ALREADY_REGISTERED,
      PrefixedScope: opts.url === undefined ? DOCKERFLOW_HEARTBEAT_PREFIXED_SCOPE : undefined
    }
  )
  fastify.decorate('heartbeat', heartbeat)
  fastify.addHook('onReady', (done) => {
    all.poll()
    done()
  })
  // Before the requests in flight end: those that wait for a check are answered at once.
  fastify.addHook('preClose', async () => {
    await all.close()
    subscribers.close()
  })
}

const plugin = fp(fastifyHeartbeat, { fastify: '5.x', name: '@dockerflow/heartbeat' })

/** The JSON Schema of what `/__heartbeat__` answers; `@dockerflow/heartbeat/schema` has it in TypeBox. */
export { HeartbeatPayload as heartbeatPayloadSchema } from '../dist/schemas.js'
export type {
  CheckContext,
  CheckMessage,
  CheckOptions,
  CheckResult,
  HeartbeatCheck,
  HeartbeatCheckObject
} from './check.ts'
export type { FastifyHeartbeatOptions } from './options.ts'
export type { HeartbeatPayload } from './schema.ts'
export type { HeartbeatResult, HeartbeatTransition } from './subscribers.ts'
export { critical, error, info, Level, plugin as default, plugin as fastifyHeartbeat, warning }
