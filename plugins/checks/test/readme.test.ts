import { spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { cp, mkdir, mkdtemp, rm, symlink } from 'node:fs/promises'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { PostgresServer, withoutPostgres } from '@dockerflow/testing/postgres'
import { shows, startExample } from '@dockerflow/testing/readme'
import { RedisServer, withoutRedis } from '@dockerflow/testing/redis'
import { test } from 'tap'
import { canary, drive } from './suite.ts'

const example = new URL('../examples/server.ts', import.meta.url)

test("the README's examples are the files that run here", async (t) => {
  const readme = new URL('../README.md', import.meta.url)
  t.ok(await shows(readme, example, new URL('acme-checks/src/ledger.ts', example)))
})

test('the example serves, and ends by itself on SIGTERM', {
  skip: withoutPostgres() || withoutRedis()
}, async (t) => {
  const postgres = await PostgresServer.create(canary)
  const redis = await RedisServer.create(canary)
  t.teardown(() => Promise.all([postgres.remove(), redis.remove()]))
  const server = await startExample(t, example, {
    DATABASE_URL: postgres.url,
    REDIS_URL: `redis://:${canary}@127.0.0.1:${redis.port}`
  })
  const res = await server.get('/__heartbeat__')
  t.equal(res.status, 200)
  t.match(await res.json(), { status: 'ok', checks: { database: 'ok', cache: 'ok' } })
  server.terminate()
  t.strictSame(await server.ended, [0, null])
})

test("a platform team's package builds against ours, and its check runs", async (t) => {
  // Elsewhere: below this folder the package would find ours without being given it.
  const folder = await mkdtemp(join(tmpdir(), 'acme-checks-'))
  t.teardown(() => rm(folder, { recursive: true }))
  await cp(new URL('../examples/acme-checks', import.meta.url), folder, { recursive: true })
  const scope = join(folder, 'node_modules', '@dockerflow')
  await mkdir(scope, { recursive: true })
  await symlink(fileURLToPath(new URL('..', import.meta.url)), join(scope, 'checks'))
  await symlink(fileURLToPath(new URL('../../heartbeat', import.meta.url)), join(scope, 'heartbeat'))
  await mkdir(join(folder, 'node_modules', '@types'))
  await symlink(
    fileURLToPath(new URL('../node_modules/@types/node', import.meta.url)),
    join(folder, 'node_modules', '@types', 'node')
  )
  const tsc = fileURLToPath(new URL('../node_modules/.bin/tsc', import.meta.url))
  // Without the hooks that the test runner gives to each child process: they can't load tsc.
  const { status, stdout, stderr } = spawnSync('env', ['-u', 'NODE_OPTIONS', tsc], {
    cwd: folder,
    encoding: 'utf8'
  })
  t.equal(status, 0, stdout + stderr)
  const { ledgerCheck } = await import(join(folder, 'dist', 'ledger.js'))

  let waiting = '7'
  const ledger = createServer((socket) => socket.on('data', () => socket.write(waiting))).listen(
    0,
    '127.0.0.1'
  )
  await once(ledger, 'listening')
  const check = ledgerCheck({ host: '127.0.0.1', ...(ledger.address() as object) }, { maxWaiting: 10 })
  t.match(await drive(check), { err: undefined, messages: [] })
  waiting = '12'
  t.strictSame((await drive(check)).messages, [
    { level: 30, id: 'acme.ledger.W001', message: 'too many bookings wait' }
  ])
  waiting = 'no number'
  t.match((await drive(check)).err, { message: 'the ledger answered with no number' })
  await check.close()
  ledger.close()
  t.throws(() => ledgerCheck({}), {
    code: 'DOCKERFLOW_CHECKS_INVALID_CLIENT',
    message: '@dockerflow/checks: ledgerCheck must be given a Ledger'
  })
})
