import { existsSync } from 'node:fs'
import { access, constants, mkdir } from 'node:fs/promises'
import { dirname, resolve } from 'node:path'
import type { HeartbeatCheck } from '@dockerflow/heartbeat'
import { ConfigError } from './config.ts'

/** What the service depends on: a check for each, and how they are let go. */
export interface BackingServices {
  checks: Record<string, HeartbeatCheck>
  close(): Promise<void>
}

interface Client {
  check: HeartbeatCheck
  close(): unknown
}

/**
 * Opens what the configuration names. A server being down isn't an error here; the heartbeat reports it. Clients are
 * loaded only where they are used, since each takes its time.
 */
export async function openBackingServices(databaseUrl: string, redisUrl?: string): Promise<BackingServices> {
  const clients: Record<string, Client> = databaseUrl.startsWith('sqlite:')
    ? { sqlite: await openSqlite(databaseUrl.slice('sqlite:'.length)) }
    : { postgres: await openPostgres(databaseUrl) }
  if (redisUrl !== undefined) clients.redis = await openRedis(redisUrl)
  return {
    checks: Object.fromEntries(Object.entries(clients).map(([name, { check }]) => [name, check])),
    async close() {
      await Promise.all(Object.values(clients).map((client) => client.close()))
    }
  }
}

async function openSqlite(path: string): Promise<Client> {
  const { DatabaseSync } = await import('node:sqlite')
  const { sqliteCheck } = await import('@dockerflow/checks/sqlite')
  try {
    await mkdir(dirname(path), { recursive: true })
    const database = new DatabaseSync(path, { timeout: 1000 })
    return { check: sqliteCheck(database), close: () => database.close() }
  } catch (err) {
    throw new ConfigError(
      `DATABASE_URL must name a file that can be opened: ${await reason(path, err as Error)}`
    )
  }
}

/** Why a file can't be opened: of a folder that is read-only SQLite doesn't say so, and mkdir only that it is missing. */
async function reason(path: string, { message }: Error): Promise<string> {
  let folder = dirname(resolve(path))
  while (!existsSync(folder)) folder = dirname(folder)
  return access(folder, constants.W_OK).then(
    () => message,
    (err) => err.message
  )
}

async function openPostgres(connectionString: string): Promise<Client> {
  const { default: pg } = await import('pg')
  const { postgresCheck } = await import('@dockerflow/checks/postgres')
  const pool = new pg.Pool({ connectionString })
  pool.on('error', () => {}) // an idle connection was lost: the pool makes another, and the heartbeat tells
  return { check: postgresCheck(pool), close: () => pool.end() }
}

async function openRedis(url: string): Promise<Client> {
  const { Redis } = await import('ioredis')
  const { redisCheck } = await import('@dockerflow/checks/redis')
  const redis = new Redis(url, { lazyConnect: true })
  redis.on('error', () => {}) // the heartbeat tells
  return { check: redisCheck(redis), close: () => redis.disconnect() }
}
