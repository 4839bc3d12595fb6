import { DatabaseSync } from 'node:sqlite'
import { sqliteCheck } from '@dockerflow/checks/sqlite'

export type Database = ReturnType<typeof openDatabase>

/** What the service keeps, and the check that it can. */
export function openDatabase(file: string) {
  const database = new DatabaseSync(file)
  database.exec('CREATE TABLE IF NOT EXISTS greeting (name TEXT PRIMARY KEY, times INTEGER NOT NULL) STRICT')
  const greet = database.prepare(
    'INSERT INTO greeting VALUES (?, 1) ON CONFLICT DO UPDATE SET times = times + 1 RETURNING times'
  )
  return {
    check: sqliteCheck(database), //? !database-warns
    //? database-warns: // The service works without it: its loss is a warning.
    //? database-warns: check: sqliteCheck(database, { level: 30 }),
    close: async () => database.close(),
    /** How often this name was greeted, with this time. */
    greet: async (name: string) => Number(greet.get(name)?.times)
  }
}
