import { lstatSync, readdirSync, readFileSync, rmSync, symlinkSync } from 'node:fs'
import { join } from 'node:path'
import { mock } from 'node:test'
import { test } from 'tap'
import { writeReport } from '../src/report.ts'
import { Service } from './fixtures/start.ts'

const crashes: [name: string, path: string, error: string][] = [
  ['an exception in a timer', '/throw', 'Error: in a timer'],
  ['undefined thrown in a timer', '/throw-nothing', 'Error: thrown: undefined'],
  ['a rejected promise', '/reject', 'Error: nobody catches this'],
  ['a promise rejected with text', '/reject-text', 'Error: thrown: just text'],
  ['an error that throws when it is read', '/reject-unreadable', 'Error: an error that can not be read']
]

for (const [name, path, error] of crashes) {
  test(`${name} is one fatal line with the traceback, and exit code 1`, async (t) => {
    const service = new Service(t)
    fetch(`${await service.origin()}${path}`).catch(() => {}) // the answer may be lost with the process
    const { code, stderr, types } = await service.ended()
    t.equal(code, 1)
    t.equal(stderr, '')
    t.strictSame(types, ['app.start', 'app.crash'])
    t.match(service.lines.at(-1), { severity: 2, msg: 'crashed', error, traceback: /\n {4}at / })
  })
}

test('a crash while draining is a fatal line and exit code 1', async (t) => {
  const service = new Service(t, { OPTIONS: '{"port":0,"drainDelay":3600000}' })
  const origin = await service.origin()
  service.kill('SIGTERM')
  await service.line('app.drain')
  fetch(`${origin}/throw`).catch(() => {})
  t.equal((await service.ended()).code, 1)
  t.match(service.lines.at(-1), {
    type: 'app.crash',
    msg: 'crashed while closing',
    error: 'Error: in a timer'
  })
})

test('an app that fails to close is a fatal line and exit code 1', async (t) => {
  const service = new Service(t, { ON_CLOSE: 'fail' })
  await service.origin()
  service.kill('SIGTERM')
  const { code, types } = await service.ended()
  t.equal(code, 1)
  t.strictSame(types, ['app.start', 'app.drain', 'app.crash'])
  t.match(service.lines.at(-1), { msg: "can't close", error: 'Error: the pool is stuck' })
})

test('a segmentation fault ends the process by its signal: no handler hangs it', async (t) => {
  const service = new Service(t)
  await service.origin()
  service.kill('SIGSEGV')
  const { code, signal, types } = await service.ended()
  t.equal(code, null)
  t.equal(signal, 'SIGSEGV')
  t.strictSame(types, ['app.start'])
})

const reports = (dir: string) =>
  readdirSync(dir).map((name) => ({ name, text: readFileSync(join(dir, name), 'utf8') }))

test('the line of a crash tells causes and code, and no secret', async (t) => {
  const service = new Service(t)
  fetch(`${await service.origin()}/reject-with-secrets`).catch(() => {})
  t.equal((await service.ended()).code, 1)
  t.notMatch(JSON.stringify(service.lines), /hunt|er2|s3cret|k3y|phrase/)
  const error = 'Error: no route to postgres://***@db/app, api_key=***, Authorization: Bearer ***'
  t.match(service.lines.at(-1), { type: 'app.crash', error })
  for (const told of [
    'EHOSTUNREACH',
    '[cause] AggregateError: password=*** of postgres://***@db/app',
    'is down, as is postgres%3A%2F%2F***%40db%2Fapp',
    'at file:///srv/@scope/x.js:1:2',
    '[member]'
  ])
    t.ok(JSON.stringify(service.lines.at(-1)).includes(told), told)
})

test('a crash is reported as a file without secrets, when asked for', async (t) => {
  const dir = t.testdir()
  const service = new Service(t, {
    OPTIONS: JSON.stringify({ port: 0, reportDir: dir }),
    VERSION: '{"commit":"abc"}',
    SECRET: 'hunter2'
  })
  fetch(`${await service.origin()}/reject-with-secrets`).catch(() => {})
  t.equal((await service.ended()).code, 1)
  const [report, ...others] = reports(dir)
  t.strictSame(others, [])
  t.match(report?.name, /^crash-\d{4}-\d\d-\d\dT[\d.]+Z-\d+\.json$/)
  t.notMatch(report?.text, /hunt|er2|s3cret|k3y/)
  t.match(JSON.parse(report?.text ?? ''), {
    type: 'crash',
    error: {
      name: 'Error',
      message: 'no route to postgres://***@db/app, api_key=***, Authorization: Bearer ***',
      stack: /\n {4}at /
    },
    time: /^\d{4}-/,
    hostname: String,
    pid: Number,
    node: process.version,
    uptime: Number,
    memoryUsage: { rss: Number },
    version: { commit: 'abc' }
  })
})

test('an error whose name, message and stack are no text is reported all the same', async (t) => {
  const dir = t.testdir()
  const service = new Service(t, { OPTIONS: JSON.stringify({ port: 0, reportDir: dir }) })
  fetch(`${await service.origin()}/reject-oddly`).catch(() => {})
  const { code, types } = await service.ended()
  t.equal(code, 1)
  t.strictSame(types, ['app.start', 'app.crash'])
  const error = { name: 'undefined', message: '7', stack: 'Error: 7' }
  t.match(
    reports(dir).map(({ text }) => JSON.parse(text)),
    [{ type: 'crash', error }]
  )
})

test('no more than 20 reports are kept, and nothing else is touched', async (t) => {
  const old = Array.from({ length: 25 }, (_, i) => [`crash-2020-${i}.json`, '{}'])
  const gone = t.fixture('symlink', 'taken-away')
  const dir = t.testdir({ ...Object.fromEntries(old), 'crash-gone.json': gone, 'notes.json': 'mine' })
  const service = new Service(t, { OPTIONS: JSON.stringify({ port: 0, reportDir: dir }), BOOT: 'fail' })
  t.equal((await service.ended()).code, 1)
  const names = readdirSync(dir)
  t.equal(names.filter((name) => name.startsWith('crash-')).length, 20)
  t.ok(names.some((name) => name.startsWith('crash-') && !name.startsWith('crash-2020-')))
  t.equal(readFileSync(join(dir, 'notes.json'), 'utf8'), 'mine')
})

test('a link that was planted where a report goes leads to no file of others', async (t) => {
  const dir = t.testdir({ reports: {}, 'precious.txt': 'mine' })
  const reportDir = join(dir, 'reports')
  const service = new Service(t, { OPTIONS: JSON.stringify({ port: 0, reportDir }) })
  const origin = await service.origin()
  const { pid } = service
  symlinkSync(join(dir, 'precious.txt'), join(reportDir, `.${pid}.partial`))
  fetch(`${origin}/throw`).catch(() => {})
  t.equal((await service.ended()).code, 1)
  t.equal(readFileSync(join(dir, 'precious.txt'), 'utf8'), 'mine')
  const names = readdirSync(reportDir).filter((name) => name.startsWith('crash-'))
  t.equal(names.length, 1)
  t.ok(lstatSync(join(reportDir, names[0] as string)).isFile())
})

test("a report that can't be written is a line; the crash is logged all the same", async (t) => {
  const dir = t.testdir({ reports: {} })
  const service = new Service(t, {
    OPTIONS: JSON.stringify({ port: 0, reportDir: join(dir, 'reports') })
  })
  const origin = await service.origin()
  rmSync(join(dir, 'reports'), { recursive: true })
  fetch(`${origin}/throw`).catch(() => {})
  const { code, types } = await service.ended()
  t.equal(code, 1)
  t.strictSame(types, ['app.start', 'app.crash', 'app.report'])
})

test('a report that breaks off leaves nothing behind', async (t) => {
  mock.timers.enable({ apis: ['Date'], now: Date.UTC(2020, 0, 1) })
  t.teardown(() => mock.timers.reset())
  // No file can take the place of a directory.
  const name = `crash-2020-01-01T000000.000Z-${process.pid}.json`
  const dir = t.testdir({ [name]: { kept: 'mine' } })
  const error = { name: 'Error', message: 'm', stack: 's' }
  t.throws(() => writeReport(dir, { type: 'crash', error }, undefined), { code: 'EISDIR' })
  t.strictSame(readdirSync(dir), [name])
})

test('a reportDir that is not there is one line and exit code 1', async (t) => {
  const service = new Service(t, { OPTIONS: '{"port":0,"reportDir":"/nowhere/at/all"}' })
  const { code, stderr, types } = await service.ended()
  t.equal(code, 1)
  t.equal(stderr, '')
  t.strictSame(types, ['app.crash', 'app.report'])
  t.match(service.lines[0], { severity: 2, msg: /^can't start: ENOENT: .*\/nowhere\/at\/all/ })
})

test('a heap that is exhausted: one line and a report before the end, and the exit code tells', async (t) => {
  const dir = t.testdir()
  const service = new Service(
    t,
    { OPTIONS: JSON.stringify({ port: 0, reportDir: dir }), SECRET: 'hunter2' },
    ['--max-old-space-size=64']
  )
  fetch(`${await service.origin()}/leak`).catch(() => {})
  const { code, signal, stderr, types } = await service.ended()
  t.ok(signal === 'SIGABRT' || code === 134, `ended by ${signal ?? code}`)
  t.match(stderr, /heap out of memory/, "V8's own words, on stderr")
  t.strictSame(types, ['app.start', 'app.memory'])
  const line = service.lines.find(({ type }) => type === 'app.memory')
  t.match(line, { severity: 4, of: 'heap', limit: 64 * 2 ** 20, used: Number, rss: Number, external: Number })
  const [memory, ...others] = reports(dir)
  t.strictSame(others, [])
  t.match(JSON.parse(memory?.text ?? ''), { type: 'memory', memory: { of: 'heap', limit: 64 * 2 ** 20 } })
  t.notMatch(memory?.text, 'hunter2')
})
