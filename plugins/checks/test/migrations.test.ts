import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { PostgresServer, withoutPostgres } from '@dockerflow/testing/postgres'
import Database from 'better-sqlite3'
import { drizzle as drizzleSqlite } from 'drizzle-orm/better-sqlite3'
import { migrate as migrateSqlite } from 'drizzle-orm/better-sqlite3/migrator'
import { drizzle as drizzlePg } from 'drizzle-orm/node-postgres'
import { migrate as migratePg } from 'drizzle-orm/node-postgres/migrator'
import { drizzle as drizzlePostgresJs } from 'drizzle-orm/postgres-js'
import knex from 'knex'
import { runner } from 'node-pg-migrate'
import pg from 'pg'
import postgres from 'postgres'
import { type Test, test } from 'tap'
import { JSONStorage, Umzug } from 'umzug'
import {
  drizzlePending,
  knexPending,
  migrationsCheck,
  nodePgMigratePending,
  type PendingMigrations,
  umzugPending
} from '../src/migrations.ts'
import { canary, drive } from './suite.ts'

const skip = withoutPostgres()
const unapplied = (text: string) => [{ level: 30, id: 'dockerflow.health.W001', message: text }]

async function messages(pending: PendingMigrations) {
  return (await drive(migrationsCheck(pending))).messages
}

async function postgresUrl(t: Test): Promise<string> {
  const server = await PostgresServer.create(canary)
  t.teardown(() => server.remove())
  return server.url
}

test('no pending migration is well, some are a warning with their names', async (t) => {
  t.strictSame(await messages(() => []), [])
  t.strictSame(await messages(() => ['001_a', '002_b']), unapplied('2 unapplied: 001_a, 002_b'))
  const many = Array.from({ length: 12 }, (_, i) => `m${i}`)
  t.strictSame(
    await messages(async () => many),
    unapplied('12 unapplied: m0, m1, m2, m3, m4, m5, m6, m7, m8, m9, …')
  )
})

test("where it can't be found out, that is an info", async (t) => {
  const err = new Error('no database')
  const failing = () => Promise.reject(err)
  t.strictSame(await messages(failing), [
    { level: 20, id: 'dockerflow.health.I001', message: "migrations can't be checked", err }
  ])
})

test('a result is kept for a minute, unless an option says otherwise', async (t) => {
  t.match(
    migrationsCheck(() => []),
    { ttl: 60_000, maxStale: 120_000 }
  )
  t.match(
    migrationsCheck(() => [], { ttl: 5, maxStale: 10 }),
    { ttl: 5, maxStale: 10 }
  )
})

test('something else than a function is refused', async (t) => {
  t.throws(() => migrationsCheck([] as never), {
    code: 'DOCKERFLOW_CHECKS_INVALID_CLIENT',
    message:
      '@dockerflow/checks: migrationsCheck must be given a function that returns the names of pending migrations'
  })
})

test('knex', async (t) => {
  const folder = t.testdir({ migrations: {} })
  for (const name of ['001_a.cjs', '002_b.cjs']) {
    await writeFile(
      join(folder, 'migrations', name),
      'exports.up = async () => {}\nexports.down = async () => {}\n'
    )
  }
  const db = knex({
    client: 'better-sqlite3',
    connection: { filename: join(folder, 'app.db') },
    useNullAsDefault: true,
    migrations: { directory: join(folder, 'migrations') }
  })
  t.teardown(() => db.destroy())
  t.strictSame(await messages(knexPending(db)), unapplied('2 unapplied: 001_a.cjs, 002_b.cjs'))
  await db.migrate.up()
  t.strictSame(await messages(knexPending(db)), unapplied('1 unapplied: 002_b.cjs'))
  await db.migrate.latest()
  t.strictSame(await messages(knexPending(db)), [])
})

test('umzug', async (t) => {
  const umzug = new Umzug({
    migrations: [
      { name: '001_a', up: async () => {} },
      { name: '002_b', up: async () => {} }
    ],
    storage: new JSONStorage({ path: join(t.testdir(), 'applied.json') }),
    logger: undefined
  })
  t.strictSame(await messages(umzugPending(umzug)), unapplied('2 unapplied: 001_a, 002_b'))
  await umzug.up({ to: '001_a' })
  t.strictSame(await messages(umzugPending(umzug)), unapplied('1 unapplied: 002_b'))
  await umzug.up()
  t.strictSame(await messages(umzugPending(umzug)), [])
})

/** A folder as drizzle-kit makes it; returns a function that adds a migration to it. */
async function drizzleFolder(t: Test, dialect: string) {
  const migrationsFolder = t.testdir({ meta: {} })
  const entries: object[] = []
  const add = async (tag: string) => {
    entries.push({ idx: entries.length, version: '7', when: 1000 + entries.length, tag, breakpoints: true })
    await writeFile(join(migrationsFolder, `${tag}.sql`), `CREATE TABLE "${tag}" (id integer)`)
    await writeFile(
      join(migrationsFolder, 'meta', '_journal.json'),
      JSON.stringify({ version: '7', dialect, entries })
    )
  }
  await add('0000_a')
  return { migrationsFolder, add }
}

test('drizzle with SQLite', async (t) => {
  const { migrationsFolder, add } = await drizzleFolder(t, 'sqlite')
  const database = new Database(':memory:')
  const db = drizzleSqlite({ client: database })
  const pending = drizzlePending(db, { migrationsFolder })
  t.strictSame(await messages(pending), unapplied('1 unapplied: 0000_a'))
  migrateSqlite(db, { migrationsFolder })
  t.strictSame(await messages(pending), [])
  await add('0001_b')
  t.strictSame(await messages(pending), unapplied('1 unapplied: 0001_b'))
  database.close()
  t.match(await messages(pending), [{ id: 'dockerflow.health.I001' }])
})

test('drizzle with PostgreSQL, by pg and by postgres', { skip }, async (t) => {
  const url = await postgresUrl(t)
  const { migrationsFolder, add } = await drizzleFolder(t, 'postgresql')
  const pool = new pg.Pool({ connectionString: url })
  const sql = postgres(url)
  t.teardown(() => Promise.all([pool.end(), sql.end()]))
  const db = drizzlePg({ client: pool })
  const both = [db, drizzlePostgresJs({ client: sql })].map((db) => drizzlePending(db, { migrationsFolder }))
  for (const pending of both) t.strictSame(await messages(pending), unapplied('1 unapplied: 0000_a'))
  await migratePg(db, { migrationsFolder })
  for (const pending of both) t.strictSame(await messages(pending), [])
  await add('0001_b')
  for (const pending of both) t.strictSame(await messages(pending), unapplied('1 unapplied: 0001_b'))
})

test('node-pg-migrate', { skip }, async (t) => {
  const url = await postgresUrl(t)
  const dir = t.testdir({ '.hidden': '' })
  await mkdir(join(dir, 'folder'))
  for (const name of ['1000_a.sql', '2000_b.sql']) {
    await writeFile(join(dir, name), `-- Up Migration\nCREATE TABLE t${name.slice(0, 4)} ();\n`)
  }
  const pool = new pg.Pool({ connectionString: url })
  t.teardown(() => pool.end())
  const pending = nodePgMigratePending(pool, { dir })
  t.strictSame(await messages(pending), unapplied('2 unapplied: 1000_a, 2000_b'))
  const up = (count: number) =>
    runner({
      databaseUrl: url,
      dir,
      direction: 'up',
      count,
      migrationsTable: 'pgmigrations',
      log: () => {},
      ignorePattern: '\\..*|folder'
    })
  await up(1)
  t.strictSame(await messages(pending), unapplied('1 unapplied: 2000_b'))
  await up(1)
  t.strictSame(await messages(pending), [])
})
