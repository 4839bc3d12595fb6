import { postgresCheck } from '@dockerflow/checks/postgres'
import pg from 'pg'

export type Database = ReturnType<typeof openDatabase>

/** What the service keeps, and the check that it can. It connects when it is first used. */
export function openDatabase(url: string) {
  const pool = new pg.Pool({ connectionString: url })
  pool.on('error', () => {}) // an idle connection was lost: the pool makes another, and /__heartbeat__ says so
  return {
    check: postgresCheck(pool), //? !database-warns
    //? database-warns: // The service works without it: its loss is a warning.
    //? database-warns: check: postgresCheck(pool, { level: 30 }),
    close: () => pool.end(),
    /** How often this name was greeted, with this time. */
    async greet(name: string): Promise<number> {
      await pool.query('CREATE TABLE IF NOT EXISTS greeting (name TEXT PRIMARY KEY, times INTEGER NOT NULL)')
      const { rows } = await pool.query(
        'INSERT INTO greeting VALUES ($1, 1) ON CONFLICT (name) DO UPDATE SET times = greeting.times + 1 RETURNING times',
        [name]
      )
      return rows[0].times
    }
  }
}
