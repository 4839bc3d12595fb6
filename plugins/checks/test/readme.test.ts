import { type ChildProcess, spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { cp, mkdir, mkdtemp, readFile, rm, symlink } from 'node:fs/promises'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import { PostgresServer, withoutPostgres } from '@dockerflow/testing/postgres'
import { RedisServer, withoutRedis } from '@dockerflow/testing/redis'
import { test } from 'tap'
import { canary, drive } from './suite.ts'

const example = new URL('../examples/server.ts', import.meta.url)

/** Resolves with the address that the example's log tells. */
async function address(server: ChildProcess): Promise<string> {
  if (!server.stdout) throw new Error('stdout is no pipe')
  for await (const line of createInterface({ input: server.stdout })) {
    const url = /http:\/\/[\d.]+:\d+/.exec(line)
    if (url) return url[0]
  }
  throw new Error('the example ended before it listened')
}

test("the README's examples are the files that run here", async (t) => {
  const readme = await readFile(new URL('../README.md', import.meta.url), 'utf8')
  for (const file of [example, new URL('acme-checks/src/ledger.ts', example)]) {
    t.ok(readme.includes(`\`\`\`ts\n${await readFile(file, 'utf8')}\`\`\``))
  }
})

test('the example serves, and ends by itself on SIGTERM', {
  skip: withoutPostgres() || withoutRedis()
}, async (t) => {
  const postgres = await PostgresServer.create(canary)
  const redis = await RedisServer.create(canary)
  t.teardown(() => Promise.all([postgres.remove(), redis.remove()]))
  // Without the hooks of the test runner: what the example leaves unused would count as uncovered.
  const server = spawn('env', ['-u', 'NODE_OPTIONS', process.execPath, example.pathname], {
    env: {
      ...process.env,
      PORT: '0',
      DATABASE_URL: postgres.url,
      REDIS_URL: `redis://:${canary}@127.0.0.1:${redis.port}`
    },
    stdio: ['ignore', 'pipe', 'inherit']
  })
  t.teardown(() => server.kill('SIGKILL'))
  const url = `${await address(server)}/__heartbeat__`
  const get = () => fetch(url, { headers: { connection: 'close' } })
  const res = await get()
  t.equal(res.status, 200)
  t.match(await res.json(), { status: 'ok', checks: { database: 'ok', cache: 'ok' } })
  server.kill('SIGTERM')
  t.strictSame(await once(server, 'exit'), [0, null])
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
