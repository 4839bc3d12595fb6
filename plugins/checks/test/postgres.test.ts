import { PostgresServer, withoutPostgres } from '@dockerflow/testing/postgres'
import pg from 'pg'
import { postgresCheck } from '../src/postgres.ts'
import { canary, networked } from './suite.ts'

const skip = withoutPostgres()
const server = () => PostgresServer.create(canary)
const at = (port: number) => ({
  host: '127.0.0.1',
  port,
  user: 'demo',
  password: canary,
  database: 'postgres'
})

async function sessions(server: PostgresServer): Promise<number> {
  const client = new pg.Client(at(server.port))
  await client.connect()
  const { rowCount } = await client.query(
    "SELECT 1 FROM pg_stat_activity WHERE backend_type = 'client backend' AND pid <> pg_backend_pid()"
  )
  await client.end()
  return rowCount ?? 0
}

networked('a Pool of pg', {
  skip,
  server,
  sessions,
  client: (port) => new pg.Pool(at(port)).on('error', () => {}),
  check: (pool) => postgresCheck(pool),
  use: (pool) => pool.query('SELECT 1'),
  end: (pool) => pool.end()
})
