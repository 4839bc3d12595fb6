import { access, constants, statfs } from 'node:fs/promises'
import { dirname } from 'node:path'
import type { CheckOptions } from '@dockerflow/heartbeat'
import { boolean, hasMembers } from '@dockerflow/kit/options'
import { defineCheck } from './lib/define-check.ts'
import { failure } from './lib/failure.ts'
import { oneQuestion } from './lib/one-question.ts'

/** A `DatabaseSync` of `node:sqlite`, or a `Database` of `better-sqlite3`, as far as the check uses it. */
export interface SqliteDatabase {
  prepare(sql: string): { get(): unknown }
  /** `node:sqlite` */
  readonly isOpen?: boolean
  /** `better-sqlite3` */
  readonly open?: unknown
}

/** The options of `sqliteCheck`, beside the engine's. */
export interface SqliteCheckOptions extends CheckOptions {
  /**
   * Whether the app writes: then the file, and its folder, which takes the journal, must be writable.
   * @default true
   */
  writable?: boolean | undefined
}

/** The least that a write takes: a page of 4 KiB, and its journal's header and page; in bytes. */
const least = 16_384

/** The database's file, which SQLite itself knows best; undefined for one in memory. */
function fileOf(database: SqliteDatabase): string | undefined {
  // This pragma reads no page of the file, so it needs no lock; `main` comes first.
  const { file } = database.prepare('PRAGMA database_list').get() as { file: string | null }
  return file || undefined
}

/**
 * A check of SQLite: whether it answers `SELECT 1`, and its file is there, writable, and has space
 * for a write: else it fails with the code `SQLITE_FULL`. Once the app has
 * read its schema `SELECT 1` needs no lock; these clients block the whole process while they wait for one.
 * Throws DOCKERFLOW_CHECKS_INVALID_CLIENT or DOCKERFLOW_CHECKS_INVALID_OPTION.
 */
export const sqliteCheck = defineCheck<SqliteDatabase, SqliteCheckOptions>({
  name: 'sqliteCheck',
  client: {
    accepts: (value) => hasMembers(value) && typeof value.prepare === 'function',
    expected: 'a DatabaseSync of node:sqlite, or a Database of better-sqlite3'
  },
  options: { writable: boolean },
  closed: (database) => () => database.isOpen === false || database.open === false,
  build(database, { writable = true }) {
    const file = fileOf(database)
    const space = oneQuestion(({ folder }: { folder: string }) => statfs(folder))
    const place = { folder: dirname(file ?? '') }
    return async ({ signal }) => {
      database.prepare('SELECT 1').get()
      if (file === undefined) return
      const mode = writable ? constants.R_OK | constants.W_OK : constants.R_OK
      await access(file, mode)
      if (!writable) return
      await access(place.folder, mode)
      const { bavail, bfree, bsize } = await space(place, signal)
      const free = process.geteuid?.() === 0 ? bfree : bavail // some blocks are kept for root
      if (free * bsize < least) throw failure('SQLITE_FULL', 'no space is left for a write')
    }
  }
})
