// `dockerflow check docker://… --run`, on a service whose database is cut and hung.
import { execFile } from 'node:child_process'
import { randomUUID } from 'node:crypto'
import { once } from 'node:events'
import { cpSync } from 'node:fs'
import { type AddressInfo, createServer } from 'node:net'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { root } from '@dockerflow/testing/root'
import { type Test, test } from 'tap'
import { docker, print, requireEngine } from '../src/engine.ts'

const command = join(root, 'packages/dockerflow/bin/dockerflow.js')
const image = `dockerflow-test:${randomUUID()}`
const version = {
  source: 'https://git.example.org/shop',
  version: '1.2.3',
  commit: '0123456789abcdef0123456789abcdef01234567',
  build: 'https://ci.example.org/jobs/7'
}

const of = (port: number) => [`docker://${image}`, `--dependency=db=${port}`, `--env=DATABASE_PORT=${port}`]

/** The command's exit code, and the verdicts and messages of its report by rule. */
function check(...args: string[]): Promise<{ code: number; err: string; rules: Record<string, string[]> }> {
  return new Promise((resolve) => {
    const all = [command, 'check', ...args, '--run', '--format=json']
    execFile(process.execPath, all, { maxBuffer: 2 ** 26, timeout: 300_000 }, (error, stdout, err) => {
      const rules: Record<string, string[]> = {}
      const { results } = JSON.parse(stdout || '{"results":[]}')
      for (const { id, verdict, message } of results)
        rules[id] = [...(rules[id] ?? []), `${verdict}: ${message}`]
      resolve({ code: error ? Number(error.code) : 0, err, rules })
    })
  })
}

/** A database on a port of this machine, which counts who asked it. */
async function database(t: Test) {
  let asked = 0
  const server = createServer((socket) => {
    asked++
    socket.on('error', () => {}).end('ready')
  }).listen(0, '127.0.0.1')
  await once(server, 'listening')
  t.teardown(() => server.close())
  return { port: (server.address() as AddressInfo).port, asked: () => asked }
}

/** Networks and containers that a run made. */
const left = async () =>
  (
    await Promise.all([
      print('network', 'ls', '--format={{.Name}}', '--filter=name=dockerflow-check-'),
      print('ps', '--all', '--quiet', `--filter=ancestor=${image}`)
    ])
  ).join('')

test('an image is started, and its database is cut and hung', async (t) => {
  await requireEngine()
  const context = t.testdir({ 'version.json': JSON.stringify(version) })
  cpSync(join(root, 'tests/container/test/fixtures/service'), context, { recursive: true })
  await docker('build', `--tag=${image}`, context)
  t.teardown(() => docker('image', 'rm', '--force', image))

  await t.test('a service that does it right passes', async (t) => {
    const { port, asked } = await database(t)
    const ran = check(...of(port))
    let internal = ''
    for (const end = Date.now() + 60_000; internal === '' && Date.now() < end; await sleep(100)) {
      const name = await print('network', 'ls', '--format={{.Name}}', '--filter=name=dockerflow-check-')
      if (name) internal = await print('network', 'inspect', '--format={{.Internal}}', name).catch(() => '')
    }
    t.equal(internal, 'true', 'its network leads nowhere')
    const { code, err, rules } = await ran
    t.equal(code, 0, err)
    t.match(rules['APP-2'], ['unknown', /^pass: It answers on two ports/])
    t.match(rules['APP-2b']?.at(-1), /^pass/)
    t.match(rules['APP-4'], [/^pass/])
    t.match(rules['APP-5b']?.join('\n'), /^pass: While db is cut, the heartbeat answers 500/m)
    t.match(rules['APP-5b']?.join('\n'), /While db hangs, the heartbeat answers 500/)
    t.match(rules['APP-5c']?.join('\n'), /While db hangs, the heartbeat answers in time/)
    t.match(rules['APP-6a']?.join('\n'), /While db is cut, \/__lbheartbeat__ answers 200/)
    t.match(rules['X-3']?.at(-1), 'pass: SIGTERM ends it with code 0')
    t.match(rules['X-4'], [/^pass: It runs without capabilities, on a read-only root, as any uid/])
    t.match(rules['MOD-2'], [/^pass/])
    t.match(rules['OPT-1']?.at(-1), /^pass/)
    t.match(rules['APP-7']?.at(-1), /^pass: It logs text/)
    t.match(rules['OPT-2'], [/^fail: A line is not a mozlog record: "listening"/])
    t.ok(asked() > 0, 'the database was asked through the proxy')
  })

  await t.test('a service whose probes wait for the database fails', async (t) => {
    const { port } = await database(t)
    const { code, rules } = await check(...of(port), '--env=KIND=bad', '--timeout=5')
    t.equal(code, 1)
    t.match(rules['APP-6a']?.join('\n'), /^fail: While db is cut, \/__lbheartbeat__ answers 500/m)
    t.match(rules['APP-6a']?.join('\n'), /While db hangs, \/__lbheartbeat__ did not answer within 5 s/)
    t.match(rules['APP-6b']?.join('\n'), /^fail/)
    t.match(rules['APP-5c']?.join('\n'), /^fail: While db hangs, the heartbeat did not answer within 5 s/m)
    t.match(rules['X-3']?.at(-1), 'fail: SIGTERM ends it with code 3')
  })

  await t.test('a heartbeat that says ok while the database is down fails', async (t) => {
    const { port } = await database(t)
    const { code, rules } = await check(...of(port), '--env=KIND=constant', '--fail-on=should')
    t.equal(code, 1)
    t.match(rules['APP-5b']?.join('\n'), /^fail: While db is cut, the heartbeat answers 200/m)
  })

  await t.test('an image that ends at once is judged, in one line', async (t) => {
    const { code, rules } = await check(`docker://${image}`, '--env=NODE_OPTIONS=--no-such-option')
    t.equal(code, 1)
    t.match(rules['APP-2']?.join('\n'), /^fail: It ended with code \d+ before it answered; it printed last/m)
    t.match(rules['IMG-5'], [/^pass/])
  })

  await t.test(
    'a database that nobody runs, or whose port is taken, is exit code 2, in one line',
    async (t) => {
      const { code, err } = await check(...of(1))
      t.equal(code, 2)
      t.match(err, /^dockerflow check: nothing listens on 127\.0\.0\.1:1, .* --dependency db=1$/m)
      const server = createServer().listen(0, '0.0.0.0')
      await once(server, 'listening')
      t.teardown(() => server.close())
      const taken = await check(...of((server.address() as AddressInfo).port))
      t.equal(taken.code, 2)
      t.match(taken.err, /^dockerflow check: .* EADDRINUSE: let it listen on 127\.0\.0\.1 alone$/m)
    }
  )

  await t.test('an image that is not there is exit code 2, in one line', async (t) => {
    const { code, err } = await check('docker://dockerflow-test:no-such-image')
    t.equal(code, 2)
    t.match(err, /^dockerflow check: docker save: .*$/m)
  })

  t.equal(await left(), '', 'nothing that a run started is left')
})
