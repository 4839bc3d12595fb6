import { spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { type Test, test } from 'tap'
import { check } from '../src/check.ts'
import { version } from './fixtures/image.ts'
import { type Reply, serve } from './judge.ts'

const fixture = (name: string) => fileURLToPath(new URL(`fixtures/${name}`, import.meta.url))

/** The verdict of each rule that says where. */
async function verdictsOf(url: string, prefix?: string) {
  const outcome = await check({ targets: [url], prefix, timeout: 20_000 })
  const verdicts: Record<string, string> = {}
  for (const { id, verdict, where } of outcome.report.results) if (where) verdicts[id] = verdict
  return { ...outcome, verdicts }
}

/** Starts a program that prints its port; ends with the test. */
async function start(t: Test, command: string, args: string[], env: Record<string, string>) {
  const child = spawn(command, args, {
    env: { ...process.env, ...env },
    stdio: ['ignore', 'pipe', 'inherit']
  })
  t.teardown(() => child.kill('SIGKILL'))
  const [line] = await once(child.stdout, 'data')
  return `http://127.0.0.1:${String(line).trim()}`
}

const versionFile = (t: Test) => {
  const path = join(t.testdir({}), 'version.json')
  writeFileSync(path, JSON.stringify(version))
  return path
}

test("the specification's reference application complies", async (t) => {
  const url = await start(t, process.execPath, [fixture('express-service.ts')], {
    VERSION_FILE: versionFile(t)
  })
  const { verdicts, exitCode } = await verdictsOf(url)
  t.equal(exitCode, 0)
  t.match(verdicts, {
    'APP-3a': 'pass',
    'APP-3b': 'pass',
    'APP-4': 'unknown',
    'APP-5': 'pass',
    'APP-5a': 'pass',
    'APP-5b': 'unknown',
    'APP-5c': 'pass',
    'APP-5d': 'pass',
    'APP-5e': 'unknown',
    'APP-6': 'pass',
    'APP-6a': 'unknown',
    'APP-6b': 'pass',
    'APP-8': 'unknown'
  })
})

test('the reference application without a version file fails where the file is asked for', async (t) => {
  const url = await start(t, process.execPath, [fixture('express-service.ts')], { VERSION_FILE: '/nowhere' })
  const { verdicts, exitCode } = await verdictsOf(url)
  t.equal(exitCode, 1)
  t.match(verdicts, { 'APP-4': 'fail', 'APP-5': 'pass', 'APP-5b': 'pass', 'APP-6': 'pass', 'APP-6a': 'pass' })
})

const flask = spawnSync('python3', ['-c', 'import flask']).status === 0
const skip = flask || process.env.CI ? false : 'needs python3-flask'

test('a Flask service that answers as python-dockerflow does complies', { skip }, async (t) => {
  const up = await start(t, 'python3', [fixture('flask-service.py')], { VERSION_FILE: versionFile(t) })
  const well = await verdictsOf(up)
  t.equal(well.exitCode, 0)
  t.match(well.verdicts, {
    'APP-3a': 'pass',
    'APP-5': 'pass',
    'APP-5a': 'pass',
    'APP-5d': 'pass',
    'APP-6': 'pass',
    'APP-6b': 'pass'
  })
  const down = await start(t, 'python3', [fixture('flask-service.py')], {
    VERSION_FILE: versionFile(t),
    DATABASE: 'down'
  })
  const ill = await verdictsOf(down)
  t.equal(ill.exitCode, 0, 'a service whose database is down complies')
  t.match(ill.verdicts, { 'APP-5': 'pass', 'APP-5b': 'pass', 'APP-6': 'pass', 'APP-6a': 'pass' })
})

const good: Record<string, Reply> = {
  '/__lbheartbeat__': [200],
  '/__version__': [200, JSON.stringify(version), { 'content-type': 'application/json' }],
  '/__heartbeat__': [
    200,
    '{"status":"ok","checks":{"db":"ok"},"details":{}}',
    { 'cache-control': 'no-store' }
  ]
}
const json = (value: unknown): Reply => [200, JSON.stringify(value)]

/** What real services answer, and the verdicts on it. */
const answers: [name: string, replies: Record<string, Reply>, expected: Record<string, string>][] = [
  [
    'as it should be',
    {},
    {
      'APP-3a': 'pass',
      'APP-3b': 'pass',
      'APP-5': 'pass',
      'APP-5d': 'pass',
      'APP-5e': 'pass',
      'APP-6': 'pass'
    }
  ],
  [
    'a fifth key',
    { '/__version__': json({ ...version, image_tag: 'sha-1' }) },
    { 'APP-3a': 'pass', 'APP-3b': 'pass' }
  ],
  ['version alone', { '/__version__': json({ version: '1.2.3' }) }, { 'APP-3a': 'fail', 'APP-3b': 'pass' }],
  ['{} with 200', { '/__version__': json({}) }, { 'APP-3a': 'fail' }],
  [
    'all four null',
    { '/__version__': json({ source: null, version: null, commit: null, build: null }) },
    { 'APP-3a': 'fail', 'APP-3b': 'fail' }
  ],
  [
    'a bare number as build',
    { '/__version__': json({ ...version, build: '1234' }) },
    { 'APP-3a': 'fail', 'APP-3b': 'pass' }
  ],
  ['TBD', { '/__version__': json({ ...version, build: 'TBD' }) }, { 'APP-3b': 'fail' }],
  [
    '//actions/runs/',
    { '/__version__': json({ ...version, build: '//actions/runs/' }) },
    { 'APP-3a': 'fail', 'APP-3b': 'fail' }
  ],
  [
    'a short commit',
    { '/__version__': json({ ...version, commit: '8f1c5ff' }) },
    { 'APP-3a': 'fail', 'APP-3b': 'pass' }
  ],
  [
    'git describe as commit',
    { '/__version__': json({ ...version, commit: 'v1.0-3-g8f1c5ff' }) },
    { 'APP-3a': 'fail', 'APP-3b': 'pass' }
  ],
  ['404', { '/__version__': [404, 'no'] }, { 'APP-4': 'fail', 'APP-6': 'pass' }],
  ['500', { '/__version__': [500, 'panic'] }, { 'APP-4': 'fail' }],
  [
    'a panic that drops the connection',
    { '/__version__': (req) => void req.socket.destroy() },
    { 'APP-4': 'fail', 'APP-6': 'pass' }
  ],
  ['no content type', { '/__version__': json(version) }, { 'APP-3a': 'pass' }],
  [
    'booleans',
    { '/__heartbeat__': json({ database: true, cache: false }) },
    { 'APP-5': 'pass', 'APP-5a': 'pass', 'APP-5d': 'fail' }
  ],
  [
    'a list of errors',
    { '/__heartbeat__': json({ errors: ['down'] }) },
    { 'APP-5': 'pass', 'APP-5d': 'fail' }
  ],
  [
    'objects',
    { '/__heartbeat__': json({ database: { up: true, time: 3 } }) },
    { 'APP-5': 'pass', 'APP-5a': 'pass', 'APP-5d': 'pass' }
  ],
  ['text', { '/__heartbeat__': [200, 'OK'] }, { 'APP-5': 'pass', 'APP-5a': 'fail', 'APP-5d': 'pass' }],
  ['an empty body', { '/__heartbeat__': [200] }, { 'APP-5': 'pass', 'APP-5a': 'fail', 'APP-5d': 'pass' }],
  ['an integer as text', { '/__heartbeat__': [200, '42'] }, { 'APP-5': 'pass', 'APP-5a': 'fail' }],
  [
    '200 with an error inside',
    { '/__heartbeat__': json({ status: 'ERROR', checks: { db: 'ERROR' } }) },
    { 'APP-5': 'pass', 'APP-5d': 'fail' }
  ],
  [
    'a constant',
    { '/__heartbeat__': json({ success: true }) },
    { 'APP-5': 'pass', 'APP-5b': 'unknown', 'APP-5d': 'pass' }
  ],
  [
    'a warning as the normal state',
    {
      '/__heartbeat__': json({
        status: 'warning',
        checks: { a: 'warning' },
        details: { a: { level: 30, status: 'warning', messages: { W1: 'error-prone' } } }
      })
    },
    { 'APP-5': 'pass', 'APP-5d': 'pass' }
  ],
  [
    'cacheable',
    { '/__heartbeat__': [200, '{}', { 'cache-control': 'public, max-age=60' }] },
    { 'APP-5e': 'fail' }
  ],
  [
    '502',
    { '/__heartbeat__': [502, '<html>'] },
    { 'APP-5': 'pass', 'APP-5b': 'unknown', 'APP-5d': 'unknown', 'APP-6a': 'unknown' }
  ],
  [
    'an empty typed lbheartbeat',
    { '/__lbheartbeat__': [200, '', { 'content-type': 'application/json' }] },
    { 'APP-6': 'pass', 'APP-6b': 'pass' }
  ],
  [
    "the heartbeat's own handler",
    { '/__lbheartbeat__': good['/__heartbeat__'] as Reply },
    { 'APP-6': 'pass', 'APP-6b': 'fail' }
  ],
  [
    'metrics of a pool',
    { '/__lbheartbeat__': json({ active_connections: 3, idle_connections: 1, duration_ms: 7 }) },
    { 'APP-6': 'pass', 'APP-6b': 'pass' }
  ],
  ['a dead man timer', { '/__lbheartbeat__': [500, '{"active_connections":3}'] }, { 'APP-6': 'fail' }]
]

for (const [name, replies, expected] of answers) {
  test(`what real services answer: ${name}`, async (t) => {
    const { verdicts } = await verdictsOf(await serve(t, { ...good, ...replies }))
    t.match(verdicts, expected)
  })
}

test('a service that lives under a path is asked there', async (t) => {
  const url = await serve(
    t,
    Object.fromEntries(Object.entries(good).map(([path, reply]) => [`/v1${path}`, reply]))
  )
  t.equal((await verdictsOf(url)).exitCode, 1)
  t.equal((await verdictsOf(url, '/v1')).exitCode, 0)
  t.equal((await verdictsOf(`${url}/v1/`)).exitCode, 0)
})
