import { test } from 'tap'
import { critical, error, type HeartbeatCheck, info, Level, warning } from '../src/index.ts'
import { build } from './fixtures/app.ts'

test('without checks the heartbeat is ok', async (t) => {
  const res = await (await build(t)).inject('/__heartbeat__')
  t.equal(res.statusCode, 200)
  t.equal(res.body, '{"status":"ok","checks":{},"details":{}}')
  t.equal(res.headers['content-type'], 'application/json; charset=utf-8')
  t.equal(res.headers['cache-control'], 'no-store')
})

test("every level has python-dockerflow's payload and its status code", async (t) => {
  const cases: [check: HeartbeatCheck, status: string, level: number, code: number][] = [
    [() => {}, 'ok', 0, 200],
    [() => ({ level: Level.OK, id: 'app.X', message: 'fine' }), 'ok', 0, 200],
    [() => ({ level: Level.DEBUG, id: 'app.X', message: 'text' }), 'debug', 10, 200],
    [() => info('app.X', 'text'), 'info', 20, 200],
    [() => warning('app.X', 'text'), 'warning', 30, 200],
    [() => ({ level: 35, id: 'app.X', message: 'text' }), 'unknown', 35, 200],
    [() => error('app.X', 'text'), 'error', 40, 503],
    [() => critical('app.X', 'text'), 'critical', 50, 503]
  ]
  for (const [check, status, level, code] of cases) {
    const res = await (await build(t, { checks: { cache: check } })).inject('/__heartbeat__')
    const details = level === 0 ? {} : { cache: { status, level, messages: { 'app.X': 'text' } } }
    t.equal(res.body, JSON.stringify({ status, checks: { cache: status }, details }))
    t.equal(res.statusCode, code)
  }
})

test('a check that throws or rejects is an error, and the others show as well', async (t) => {
  const refused = Object.assign(new Error('connect to 10.0.0.7 as root:hunter2'), { code: 'ECONNREFUSED' })
  const app = await build(t, {
    checks: {
      thrown: () => {
        throw refused
      },
      rejected: () => Promise.reject(undefined),
      fine: async () => {}
    }
  })
  const res = await app.inject('/__heartbeat__')
  t.equal(res.statusCode, 503)
  t.strictSame(res.json(), {
    status: 'error',
    checks: { thrown: 'error', rejected: 'error', fine: 'ok' },
    details: {
      thrown: {
        status: 'error',
        level: 40,
        messages: { 'dockerflow.health.E100': 'check failed: ECONNREFUSED' }
      },
      rejected: { status: 'error', level: 40, messages: { 'dockerflow.health.E100': 'check failed' } }
    }
  })
})

test('the checks run at the same time, each within its own timeout', async (t) => {
  const hung = ({ signal }: { signal: AbortSignal }) =>
    new Promise<void>((_, reject) => signal.addEventListener('abort', () => reject(signal.reason)))
  const app = await build(t, { timeout: 50, checks: { one: hung, two: { run: hung, timeout: 60 } } })
  t.match((await app.inject('/__heartbeat__')).json(), {
    status: 'error',
    details: {
      one: { messages: { 'dockerflow.health.E101': 'check timed out' } },
      two: { messages: { 'dockerflow.health.E101': 'check timed out' } }
    }
  })
})

test('silenced ids neither show nor count', async (t) => {
  const app = await build(t, {
    silenced: ['app.E1'],
    checks: { db: () => [error('app.E1', 'known'), warning('app.W1', 'slow')] }
  })
  t.equal(
    (await app.inject('/__heartbeat__')).body,
    '{"status":"warning","checks":{"db":"warning"},"details":{"db":{"status":"warning","level":30,"messages":{"app.W1":"slow"}}}}'
  )
})

test('a check that is an object connects before it runs, and is called as a method', async (t) => {
  const db = {
    connected: false,
    async connect() {
      this.connected = true
    },
    run() {
      return this.connected ? error('app.E1', 'no', new Error('s3cret')) : undefined
    }
  }
  class Check {
    connected = db.connected
    connect = db.connect
    run = db.run
  }
  const app = await build(t, { checks: { db: new Check() } })
  t.equal((await app.inject('/__heartbeat__')).statusCode, 503)
  t.notMatch((await app.inject('/__heartbeat__')).body, 's3cret')
})
