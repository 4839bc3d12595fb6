import { mock } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import Fastify from 'fastify'
import { test } from 'tap'
import { type CheckResult, critical, error, info, Level, warning } from '../src/index.ts'
import { build, buildLogging, until } from './fixtures/app.ts'

const canary = 'c4n4ry'

test('each message is logged at its own level, silenced ones as well', async (t) => {
  const debug = { level: Level.DEBUG, id: 'app.D1', message: 'debug' }
  const messages = [
    critical('app.C1', 'c'),
    error('app.E1', 'e'),
    warning('app.W1', 'w'),
    info('app.I1', 'i'),
    debug
  ]
  const { app, lines } = await buildLogging(t, { silenced: ['app.E1'], checks: { db: () => messages } })
  await app.heartbeat.run()
  t.strictSame(
    lines.map(({ level, check, id, msg }) => ({ level, check, id, msg })),
    [
      { level: 60, check: 'db', id: 'app.C1', msg: 'c' },
      { level: 50, check: 'db', id: 'app.E1', msg: 'e' },
      { level: 40, check: 'db', id: 'app.W1', msg: 'w' },
      { level: 30, check: 'db', id: 'app.I1', msg: 'i' },
      { level: 20, check: 'db', id: 'app.D1', msg: 'debug' }
    ]
  )
})

test('a ten-minute outage is one line for each transition, and a reminder every 5 minutes', async (t) => {
  mock.timers.enable({ apis: ['setInterval'] })
  t.teardown(() => mock.timers.reset())
  let down = true
  const { app, lines } = await buildLogging(t, {
    ttl: 0,
    checks: {
      db() {
        if (down) throw Object.assign(new Error('refused'), { code: 'ECONNREFUSED' })
      }
    }
  })
  for (let second = 0; second < 590; second++) {
    await app.heartbeat.run()
    mock.timers.tick(1000)
  }
  const line = { level: 50, check: 'db', id: 'dockerflow.health.E100', msg: 'check failed: ECONNREFUSED' }
  t.match(lines, [line, line])
  t.equal(lines.length, 2)
  t.match(lines[0], { err: { type: 'Error', message: 'refused', code: 'ECONNREFUSED' } })
  down = false
  for (let second = 0; second < 600; second++) {
    await app.heartbeat.run()
    mock.timers.tick(1000)
  }
  t.match(lines[2], { level: 30, check: 'db', msg: 'check recovered' })
  t.equal(lines.length, 3)
})

test('a message whose figure changes is not logged each time, one of another kind is', async (t) => {
  const results: CheckResult[] = [
    warning('app.W1', 'lag 1 ms'),
    warning('app.W1', 'lag 2 ms'),
    warning('app.W2', 'other'),
    warning('app.W1', 'lag 3 ms')
  ]
  const { app, lines } = await buildLogging(t, { ttl: 0, checks: { db: () => results.shift() } })
  for (let i = 0; i < 4; i++) await app.heartbeat.run()
  t.strictSame(
    lines.map(({ msg }) => msg),
    ['lag 1 ms', 'other']
  )
})

test('ids without end are not remembered without end', async (t) => {
  let run = 0
  const { app, lines } = await buildLogging(t, { ttl: 0, checks: { db: () => info(`app.I${run++}`, '') } })
  for (let i = 0; i < 1001; i++) await app.heartbeat.run()
  run = 0
  await app.heartbeat.run()
  t.equal(lines.length, 1002)
})

test('a result that is first of all ok is not worth a line', async (t) => {
  const { app, lines } = await buildLogging(t, { checks: { db: () => {} } })
  await app.heartbeat.run()
  t.strictSame(lines, [])
})

test('kill() and close() that throw or reject are logged, no more', async (t) => {
  const { app, lines } = await buildLogging(t, {
    checks: {
      db: {
        timeout: 10,
        run: () => new Promise(() => {}),
        async kill() {
          throw new Error(`no redis://app:${canary}@cache`)
        },
        close() {
          throw new Error('no')
        }
      }
    }
  })
  await app.heartbeat.run()
  await until(() => lines.length === 2)
  t.match(lines[1], { level: 40, check: 'db', method: 'kill', msg: 'callback threw' })
  await app.close()
  t.match(
    lines.find(({ method }) => method === 'close'),
    { level: 40, check: 'db', msg: 'callback threw' }
  )
  t.notMatch(JSON.stringify(lines), canary)
})

test('a canary password is in no body and in no log line, in every failure mode', async (t) => {
  const url = `http://app:${canary}@db.internal.example:5432/app`
  const encoded = encodeURIComponent(url)
  const failures: Record<string, () => unknown> = {
    url: () => Promise.reject(new Error(`can not connect to ${url}`)),
    encoded: () => Promise.reject(new Error(`can not connect to ${encoded}`)),
    fetch: () => fetch(url),
    cause: () => Promise.reject(new Error('a', { cause: new Error('b', { cause: new Error(url) }) })),
    aggregate: () => Promise.reject(new AggregateError([new Error(url), url], url)),
    string: () => Promise.reject(url),
    code: () => Promise.reject(Object.assign(new Error('a'), { code: url })),
    // As a redis client reports a wrong password, and a database client its configuration.
    command: () =>
      Promise.reject(Object.assign(new Error('WRONGPASS'), { command: { name: 'auth', args: [canary] } })),
    config: () => Promise.reject(Object.assign(new Error('a'), { config: { password: canary } })),
    named: () => Promise.reject(new Error(`host=db.internal.example password=${canary} failed`)),
    json: () => Promise.reject(new Error(JSON.stringify(JSON.stringify({ password: `${canary} and more` })))),
    header: () => Promise.reject(new Error(`the api refused Cookie: a=b; sid=${canary}`)),
    target: () => Promise.reject(new Error(`GET //user:${canary}@host/ is a 404`)),
    message: () => error('app.E1', `can not connect to ${url}`),
    id: () => error(url, 'down'),
    err: () => error('app.E2', 'down', new Error(url)),
    garbage: () => url,
    slow: () => new Promise((_, reject) => setTimeout(reject, 100, new Error(url))),
    hung: () => new Promise(() => {})
  }
  const { app, lines } = await buildLogging(t, {
    timeout: 50,
    checks: failures as Record<string, () => CheckResult>
  })
  const bodies = [(await app.inject('/__heartbeat__')).body]
  await sleep(700)
  bodies.push((await app.inject('/__heartbeat__')).body, JSON.stringify(app.heartbeat.snapshot()))
  const accept = 'application/health+json'
  bodies.push((await app.inject({ url: '/__heartbeat__', headers: { accept } })).body)
  t.ok(lines.length >= Object.keys(failures).length)
  for (const text of [...bodies, ...lines.map((line) => JSON.stringify(line))]) t.notMatch(text, canary)
  const { details } = JSON.parse(bodies[0] as string)
  for (const name of Object.keys(failures).filter((name) => !['message', 'id'].includes(name))) {
    t.notMatch(JSON.stringify(details[name]), 'db.internal.example', 'no host name in public text')
  }
})

test('an app without a logger is fine', async (t) => {
  const app = await build(t, { checks: { db: () => error('app.E1', 'down') } }, Fastify())
  t.match(await app.heartbeat.run(), { status: 'error' })
})
