import { mysqlCheck } from '@dockerflow/checks/mysql'
import mysql from 'mysql2/promise'

export type Database = ReturnType<typeof openDatabase>

/** What the service keeps, and the check that it can. It connects when it is first used. */
export function openDatabase(url: string) {
  const pool = mysql.createPool(url)
  return {
    check: mysqlCheck(pool), //? !database-warns
    //? database-warns: // The service works without it: its loss is a warning.
    //? database-warns: check: mysqlCheck(pool, { level: 30 }),
    close: () => pool.end(),
    /** How often this name was greeted, with this time. */
    async greet(name: string): Promise<number> {
      await pool.query(
        'CREATE TABLE IF NOT EXISTS greeting (name VARCHAR(100) PRIMARY KEY, times INTEGER NOT NULL)'
      )
      const [{ affectedRows, insertId }] = await pool.execute<mysql.ResultSetHeader>(
        'INSERT INTO greeting VALUES (?, 1) ON DUPLICATE KEY UPDATE times = LAST_INSERT_ID(times + 1)',
        [name]
      )
      return affectedRows === 1 ? 1 : insertId
    }
  }
}
