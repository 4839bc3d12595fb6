import type { CheckMessage, CheckOptions } from '@dockerflow/heartbeat'
import { boolean } from '@dockerflow/kit/options'
import { defineCheck } from './lib/define-check.ts'
import { ioredis } from './lib/drivers/ioredis.ts'
import { nodeRedis } from './lib/drivers/node-redis.ts'
import { clusterDown, type RedisConnection, type RedisDriver, withCode } from './lib/drivers/redis.ts'
import { ageInMs, type KeepOptions } from './lib/keep-connection.ts'
import { type Candidate, keepOneOf } from './lib/keep-one-of.ts'
import { poolSaturated, readOnly } from './lib/messages.ts'

/** A client or a cluster of `ioredis` or `iovalkey`; a client, pool, cluster or sentinel of `redis` (node-redis). */
export type RedisClient = { duplicate(...args: never[]): unknown } | { execute(...args: never[]): unknown }

/** The options of `redisCheck`, beside the engine's. */
export interface RedisCheckOptions extends CheckOptions, KeepOptions {
  /**
   * Whether a server that takes no writes (a replica) fails the check; else that is an info.
   * @default false
   */
  writable?: boolean | undefined
}

const driverOf = (client: unknown): RedisDriver | undefined => ioredis(client) ?? nodeRedis(client)

function candidate(
  connection: RedisConnection,
  { clustered, saturated = () => false }: RedisDriver,
  writable: boolean
): Candidate {
  const command = (...args: string[]) => connection.command(...args).catch(withCode)
  // What the app's user may not ask is not asked of the server's health either.
  const unlessForbidden = (...args: string[]) =>
    command(...args).catch((err) => {
      if (err.code !== 'NOPERM') throw err
    })
  return (lost) => ({
    async open() {
      await connection.open().catch(withCode)
      connection.onEnd(lost)
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
      return [
        ...(Array.isArray(role) && role[0] !== 'master' ? [readOnly(writable)] : []),
        ...(saturated() ? [poolSaturated()] : [])
      ]
    },
    destroy: () => connection.destroy()
  })
}

/**
 * A check of Redis or Valkey: `PING`, then `ROLE`; of a cluster `PING`, then `CLUSTER INFO`. A server that refuses
 * makes the run fail with an error whose code is the reply's first word: LOADING, NOAUTH, MASTERDOWN …
 * Throws DOCKERFLOW_CHECKS_INVALID_CLIENT or DOCKERFLOW_CHECKS_INVALID_OPTION.
 */
export const redisCheck = defineCheck<RedisClient, RedisCheckOptions>({
  name: 'redisCheck',
  client: {
    accepts: (value) => driverOf(value) !== undefined,
    expected: 'a client or a cluster of ioredis, or a client, pool, cluster or sentinel of redis'
  },
  options: { writable: boolean, maxAge: ageInMs },
  closed: (client) => (driverOf(client) as RedisDriver).closed(),
  build(client, { writable = false, maxAge, connectTimeout }) {
    const driver = driverOf(client) as RedisDriver
    return keepOneOf(
      async (signal) => (await driver.connections(signal)).map((each) => candidate(each, driver, writable)),
      { maxAge, connectTimeout }
    )
  }
})
