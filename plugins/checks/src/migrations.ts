import { readdir, readFile } from 'node:fs/promises'
import { join, parse } from 'node:path'
import type { CheckContext, CheckMessage, CheckOptions } from '@dockerflow/heartbeat'
import { defineCheck } from './lib/define-check.ts'
import { message } from './lib/messages.ts'

/** Tells the names of the migrations that are yet to be applied. */
export type PendingMigrations = (context: CheckContext) => string[] | Promise<string[]>

const shown = 10

/**
 * A check of migrations: a warning that names those that aren't applied, and an info where that can't be found out.
 * It keeps its result for a minute, unless `ttl` and `maxStale` say otherwise.
 * Throws DOCKERFLOW_CHECKS_INVALID_CLIENT or DOCKERFLOW_CHECKS_INVALID_OPTION.
 */
export const migrationsCheck = defineCheck<PendingMigrations, CheckOptions>({
  name: 'migrationsCheck',
  client: {
    accepts: (value) => typeof value === 'function',
    expected: 'a function that returns the names of pending migrations'
  },
  options: {},
  build: (pending) => ({
    ttl: 60_000,
    maxStale: 120_000,
    async run(context): Promise<CheckMessage[]> {
      let names: string[]
      try {
        names = await pending(context)
      } catch (err) {
        return [{ ...message('I', '001', "migrations can't be checked"), err }]
      }
      if (names.length === 0) return []
      const list = names.slice(0, shown).join(', ') + (names.length > shown ? ', …' : '')
      return [message('W', '001', `${names.length} unapplied: ${list}`)]
    }
  })
})

/** For `knex`, as it is configured. knex makes the tables that it keeps migrations in where they are missing. */
export function knexPending(knex: {
  migrate: { list(): Promise<[unknown, { file: string }[]]> }
}): PendingMigrations {
  return async () => {
    const [, pending] = await knex.migrate.list()
    return pending.map(({ file }) => file)
  }
}

/** For `umzug`. */
export function umzugPending(umzug: { pending(): Promise<{ name: string }[]> }): PendingMigrations {
  return async () => (await umzug.pending()).map(({ name }) => name)
}

/** Whether a query failed because its table isn't there, which is so before the first migration. */
function isMissingTable(err: unknown): boolean {
  if (!(err instanceof Error)) return false
  const { code, message, cause } = err as Error & { code?: unknown }
  return code === '42P01' || /no such table/.test(message) || isMissingTable(cause)
}

async function unlessMissing<T>(rows: () => Promise<T[]>): Promise<T[]> {
  try {
    return await rows()
  } catch (err) {
    if (isMissingTable(err)) return []
    throw err
  }
}

/** What drizzle's `migrate()` is given. */
export interface DrizzleMigrations {
  migrationsFolder: string
  /** @default '__drizzle_migrations' */
  migrationsTable?: string
  /**
   * PostgreSQL only.
   * @default 'drizzle'
   */
  migrationsSchema?: string
}

/** A database of `drizzle-orm`, of SQLite (with `all()`) or PostgreSQL (with `execute()`). */
export type DrizzleDatabase = { all(sql: string): unknown } | { execute(sql: string): unknown }

/** For `drizzle-orm`, with SQLite or PostgreSQL. */
export function drizzlePending(
  db: DrizzleDatabase,
  {
    migrationsFolder,
    migrationsTable = '__drizzle_migrations',
    migrationsSchema = 'drizzle'
  }: DrizzleMigrations
): PendingMigrations {
  return async () => {
    const journal = await readFile(join(migrationsFolder, 'meta', '_journal.json'), 'utf8')
    const { entries } = JSON.parse(journal) as { entries: { tag: string; when: number }[] }
    const last = 'SELECT max(created_at) AS last FROM '
    const [row] = await unlessMissing(async () => {
      if ('all' in db) return (await db.all(last + migrationsTable)) as { last: unknown }[]
      const result = (await db.execute(`${last}"${migrationsSchema}"."${migrationsTable}"`)) as
        | { last: unknown }[]
        | { rows: { last: unknown }[] }
      return Array.isArray(result) ? result : result.rows
    })
    // As drizzle itself decides: what is younger than the youngest that was applied.
    const applied = Number(row?.last ?? 0)
    return entries.filter(({ when }) => when > applied).map(({ tag }) => tag)
  }
}

/** What the runner of node-pg-migrate is given. */
export interface NodePgMigrateMigrations {
  dir: string
  /** @default 'pgmigrations' */
  migrationsTable?: string
  /** @default 'public' */
  migrationsSchema?: string
}

/** For `node-pg-migrate`. Its runner takes a lock even to look: so this reads its folder and its table. */
export function nodePgMigratePending(
  pool: { query(text: string): Promise<{ rows: { name: string }[] }> },
  { dir, migrationsTable = 'pgmigrations', migrationsSchema = 'public' }: NodePgMigrateMigrations
): PendingMigrations {
  return async () => {
    const files = (await readdir(dir, { withFileTypes: true })).filter(
      (entry) => !entry.isDirectory() && !entry.name.startsWith('.')
    )
    const rows = await unlessMissing(
      async () => (await pool.query(`SELECT name FROM "${migrationsSchema}"."${migrationsTable}"`)).rows
    )
    const applied = new Set(rows.map(({ name }) => name))
    return files
      .map((entry) => parse(entry.name).name)
      .filter((name) => !applied.has(name))
      .sort()
  }
}
