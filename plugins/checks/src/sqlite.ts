import { access, constants } from 'node:fs/promises'
import { dirname } from 'node:path'
import type { CheckOptions } from '@dockerflow/heartbeat'
import { boolean, hasMembers } from '@dockerflow/kit/options'
import { defineCheck } from './lib/define-check.ts'

/** A `DatabaseSync` of `node:sqlite`, or a `Database` of `better-sqlite3`, as far as the check uses it. */
export interface SqliteDatabase {
  prepare(sql: string): { get(): unknown }
}

/** The options of `sqliteCheck`, beside the engine's. */
export interface SqliteCheckOptions extends CheckOptions {
  /**
   * Whether the app writes: then the file, and its folder, which takes the journal, must be writable.
   * @default true
   */
  writable?: boolean | undefined
}

/** The database's file, which SQLite itself knows best; undefined for one in memory. */
function fileOf(database: SqliteDatabase): string | undefined {
  // This pragma reads no page of the file, so it needs no lock; `main` comes first.
  const { file } = database.prepare('PRAGMA database_list').get() as { file: string | null }
  return file || undefined
}

/**
 * A check of SQLite: whether it answers `SELECT 1`, and its file is there and writable. Once the app has
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
  build(database, { writable = true }) {
    const file = fileOf(database)
    return async () => {
      database.prepare('SELECT 1').get()
      if (file === undefined) return
      const mode = writable ? constants.R_OK | constants.W_OK : constants.R_OK
      await access(file, mode)
      if (writable) await access(dirname(file), mode)
    }
  }
})
