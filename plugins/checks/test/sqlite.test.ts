import { execFileSync, spawnSync } from 'node:child_process'
import { chmod, mkdtemp, rename, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { onlyAsRoot, onlyOn, withoutMount } from '@dockerflow/testing/programs'
import Database from 'better-sqlite3'
import { test } from 'tap'
import { type SqliteDatabase, sqliteCheck } from '../src/sqlite.ts'
import { clientClosed, drive } from './suite.ts'

const clients: Record<
  string,
  (path: string) => SqliteDatabase & { exec(sql: string): unknown; close(): unknown }
> = {
  'node:sqlite': (path) => new DatabaseSync(path),
  'better-sqlite3': (path) => new Database(path, { timeout: 0 })
}

for (const [name, open] of Object.entries(clients)) {
  test(`${name}: a database with its file, and without`, async (t) => {
    const folder = t.testdir()
    const file = join(folder, 'app.db')
    const database = open(file)
    database.exec('CREATE TABLE t (a)')
    const check = sqliteCheck(database)
    t.match(await drive(check), { err: undefined, messages: [] })
    t.match(await drive(sqliteCheck(database, { writable: false })), { err: undefined, messages: [] })
    await rename(file, `${file}.old`)
    t.match((await drive(check)).err, { code: 'ENOENT' })
    await rename(`${file}.old`, file)
    t.match(await drive(check), { err: undefined, messages: [] })
    database.close()
    t.strictSame((await drive(check)).messages, [clientClosed])
  })

  test(`${name}: a database in memory has no file`, async (t) => {
    const database = open(':memory:')
    t.match(await drive(sqliteCheck(database)), { err: undefined, messages: [] })
    database.close()
  })

  test(`${name}: a database that another process has locked is no failure, and isn't waited for`, async (t) => {
    const file = join(t.testdir(), 'app.db')
    const [database, other] = [open(file), open(file)]
    other.exec('CREATE TABLE t (a)')
    database.prepare('SELECT * FROM t').get() // as an app has done long before the first probe
    other.exec('BEGIN EXCLUSIVE')
    t.throws(() => database.prepare('SELECT * FROM t').get(), { message: 'database is locked' })
    t.match(await drive(sqliteCheck(database)), { err: undefined, messages: [] })
    other.close()
    database.close()
  })
}

/** Runs the check in a process of a user who owns nothing. */
async function asNobody(file: string, writable: boolean): Promise<string> {
  const script = `
    import { DatabaseSync } from 'node:sqlite'
    import { sqliteCheck } from ${JSON.stringify(new URL('../src/sqlite.ts', import.meta.url).href)}
    const database = new DatabaseSync(${JSON.stringify(file)}, { readOnly: true })
    const check = sqliteCheck(database, { writable: ${writable} })
    if (process.getuid() === 0) process.setuid(65534)
    check.run({ signal: new AbortController().signal }).then(
      () => console.log('ok'),
      (err) => console.log(err.code)
    )`
  const { stdout } = spawnSync(process.execPath, ['--input-type=module', '--eval', script], {
    encoding: 'utf8'
  })
  return stdout.trim()
}

test('a file, or its folder, that the app may not write', async (t) => {
  const folder = t.testdir()
  const file = join(folder, 'app.db')
  new DatabaseSync(file).close()
  await chmod(file, 0o444)
  await chmod(folder, 0o555)
  t.equal(await asNobody(file, false), 'ok')
  t.equal(await asNobody(file, true), 'EACCES')
  await chmod(file, 0o666)
  t.equal(await asNobody(file, true), 'EACCES', 'the journal has no place')
  await chmod(folder, 0o777)
  t.equal(await asNobody(file, true), 'ok')
})

test('a file system without space for a write', {
  skip: onlyOn('linux') || onlyAsRoot('a small file system is mounted') || withoutMount()
}, async (t) => {
  const folder = await mkdtemp(join(tmpdir(), 'dockerflow-sqlite-'))
  execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=1m', 'tmpfs', folder])
  t.teardown(async () => {
    execFileSync('umount', [folder])
    await rm(folder, { recursive: true })
  })
  const database = new DatabaseSync(join(folder, 'app.db'))
  database.exec('CREATE TABLE t (a)')
  const check = sqliteCheck(database)
  t.match(await drive(check), { err: undefined, messages: [] })
  const rest = join(folder, 'rest')
  await writeFile(rest, Buffer.alloc(2 ** 20)).catch((err) => t.equal(err.code, 'ENOSPC'))
  t.throws(() => database.exec(`INSERT INTO t VALUES (zeroblob(9000))`), {
    message: 'database or disk is full'
  })
  t.match((await drive(check)).err, { code: 'SQLITE_FULL' })
  // Some file systems keep blocks that only root may use; this one keeps none.
  const { geteuid } = process
  for (const uid of [0, 10001]) {
    process.geteuid = () => uid
    t.match((await drive(check)).err, { code: 'SQLITE_FULL' })
  }
  process.geteuid = geteuid
  t.match(await drive(sqliteCheck(database, { writable: false })), { err: undefined, messages: [] })
  await rm(rest)
  database.exec(`INSERT INTO t VALUES (zeroblob(9000))`)
  t.match(await drive(check), { err: undefined, messages: [] })
  database.close()
})

test('something else than a client is refused', async (t) => {
  for (const wrong of [undefined, null, './app.db', {}, 7]) {
    t.throws(() => sqliteCheck(wrong as never), {
      code: 'DOCKERFLOW_CHECKS_INVALID_CLIENT',
      message:
        '@dockerflow/checks: sqliteCheck must be given a DatabaseSync of node:sqlite, or a Database of better-sqlite3'
    })
  }
})
