import { redisCheck } from '@dockerflow/checks/redis'
import { Redis } from 'ioredis'

/** Redis, and its check. It connects when it is first used. */
export function openRedis(url: string) {
  const client = new Redis(url, { lazyConnect: true })
  client.on('error', () => {}) // /__heartbeat__ says so
  return {
    client,
    // The service works without it: its loss is a warning. //? redis-warns
    check: redisCheck(client, { level: 30 }), //? redis-warns
    //? redis-fails: check: redisCheck(client),
    close: async () => client.disconnect()
  }
}
