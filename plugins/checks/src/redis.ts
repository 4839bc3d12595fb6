import type { CheckMessage, CheckOptions } from '@dockerflow/heartbeat'
import { boolean } from '@dockerflow/kit/options'
import { defineCheck } from './lib/define-check.ts'
import { ioredis } from './lib/drivers/ioredis.ts'
import { nodeRedis } from './lib/drivers/node-redis.ts'
import { clusterDown, type RedisConnection, type RedisDriver, withCode } from './lib/drivers/redis.ts'
import { keepConnection } from './lib/keep-connection.ts'
import { readOnly } from './lib/messages.ts'

/** A client or a cluster of `ioredis`, of `iovalkey`, or of `redis` (node-redis). */
export interface RedisClient {
  duplicate(...args: never[]): unknown
}

/** The options of `redisCheck`, beside the engine's. */
export interface RedisCheckOptions extends CheckOptions {
  /**
   * Whether a server that takes no writes (a replica) fails the check; else that is an info.
   * @default false
   */
  writable?: boolean | undefined
}

/**
 * A check of Redis or Valkey: `PING`, then `ROLE`; of a cluster `PING`, then `CLUSTER INFO`. A server that refuses
 * makes the run fail with an error whose code is the reply's first word: LOADING, NOAUTH, MASTERDOWN …
 * Throws DOCKERFLOW_CHECKS_INVALID_CLIENT or DOCKERFLOW_CHECKS_INVALID_OPTION.
 */
export const redisCheck = defineCheck<RedisClient, RedisCheckOptions>({
  name: 'redisCheck',
  client: {
    accepts: (value) => (ioredis(value) ?? nodeRedis(value)) !== undefined,
    expected: 'a client or a cluster of ioredis, or of redis'
  },
  options: { writable: boolean },
  build(client, { writable = false }) {
    const { clustered, connections } = (ioredis(client) ?? nodeRedis(client)) as RedisDriver
    return keepConnection((lost) => {
      let destroyed = false
      let current: RedisConnection | undefined
      const command = async (...args: string[]) => current?.command(...args).catch(withCode)
      // What the app's user may not ask is not asked of the server's health either.
      const unlessForbidden = async (...args: string[]) =>
        command(...args).catch((err) => {
          if (err.code !== 'NOPERM') throw err
        })
      return {
        async open() {
          // One node that is down isn't the cluster: the next is asked.
          let failure = new Error('destroyed')
          for (const candidate of await connections()) {
            if (destroyed) break
            current = candidate
            try {
              await candidate.open()
              return candidate.onEnd(lost)
            } catch (err) {
              candidate.destroy()
              failure = err as Error
            }
          }
          return withCode(failure)
        },
        async ask(): Promise<CheckMessage[]> {
          await command('PING')
          if (clustered) {
            const state = await unlessForbidden('CLUSTER', 'INFO')
            if (/cluster_state:(?!ok)/.test(String(state)))
              throw clusterDown('the cluster does not serve each slot')
            return []
          }
          const role = await unlessForbidden('ROLE')
          return Array.isArray(role) && role[0] !== 'master' ? [readOnly(writable)] : []
        },
        destroy() {
          destroyed = true
          current?.destroy()
        }
      }
    })
  }
})
