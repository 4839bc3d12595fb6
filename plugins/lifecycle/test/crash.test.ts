import { test } from 'tap'
import { Service } from './fixtures/start.ts'

const crashes: [name: string, path: string, message: RegExp][] = [
  ['an exception in a timer', '/throw', /^in a timer$/],
  ['undefined thrown in a timer', '/throw-nothing', /^thrown, and no error: undefined$/],
  ['a rejected promise', '/reject', /^nobody catches this$/],
  ['a promise rejected with text', '/reject-text', /^thrown, and no error: 'just text'$/]
]

for (const [name, path, message] of crashes) {
  test(`${name} is one fatal line with the traceback, and exit code 1`, async (t) => {
    const service = new Service(t)
    fetch(`${await service.origin()}${path}`).catch(() => {}) // the answer may be lost with the process
    const { code, stderr, types } = await service.ended()
    t.equal(code, 1)
    t.equal(stderr, '')
    t.strictSame(types, ['app.start', 'app.crash'])
    t.match(service.lines.at(-1), { level: 60, msg: 'crashed', err: { message, stack: /\n {4}at / } })
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
    err: { message: 'in a timer' }
  })
})

test('an app that fails to close is a fatal line and exit code 1', async (t) => {
  const service = new Service(t, { ON_CLOSE: 'fail' })
  await service.origin()
  service.kill('SIGTERM')
  const { code, types } = await service.ended()
  t.equal(code, 1)
  t.strictSame(types, ['app.start', 'app.drain', 'app.crash'])
  t.match(service.lines.at(-1), { msg: "can't close", err: { message: 'the pool is stuck' } })
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
