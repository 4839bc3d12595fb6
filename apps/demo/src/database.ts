import { access, constants, mkdir } from 'node:fs/promises'
import { dirname } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import type { HeartbeatCheck } from '@dockerflow/heartbeat'

/** The demo's backing service, as the heartbeat sees it. */
export interface Database {
  /** Name of the check: the kind of server. */
  name: 'postgres' | 'sqlite'
  check: HeartbeatCheck
}

/** Opens what `DATABASE_URL` names. A server that is down is no error: the heartbeat tells of it. */
export async function openDatabase(url: string): Promise<Database> {
  return url.startsWith('sqlite:') ? openSqlite(url.slice('sqlite:'.length)) : openPostgres(url)
}

async function openSqlite(path: string): Promise<Database> {
  await mkdir(dirname(path), { recursive: true })
  const database = new DatabaseSync(path, { timeout: 1000 })
  return {
    name: 'sqlite',
    async check() {
      // SQLite goes on with the open file after its name is gone, and would lose what it writes.
      await access(path, constants.R_OK | constants.W_OK)
      database.prepare('SELECT 1 FROM sqlite_schema').get()
    }
  }
}

async function openPostgres(url: string): Promise<Database> {
  const { default: pg } = await import('pg') // who has SQLite doesn't wait for it
  return {
    name: 'postgres',
    // Each probe has a connection of its own: one that waits for the application's pool would report a busy
    // application as a broken database, and take connections from it.
    async check({ signal }) {
      const probe = new pg.Client({ connectionString: url, statement_timeout: 2000 })
      probe.on('error', () => {}) // a lost connection rejects the query as well
      signal.addEventListener('abort', () => probe.connection.stream.destroy(), { once: true })
      try {
        await probe.connect()
        await probe.query('SELECT 1')
      } finally {
        await probe.end()
      }
    }
  }
}
