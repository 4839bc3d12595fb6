import { AsyncLocalStorage } from 'node:async_hooks'
import { getEventListeners, once } from 'node:events'
import http from 'node:http'
import net from 'node:net'
import { setTimeout as sleep } from 'node:timers/promises'
import { Worker } from 'node:worker_threads'
import { test } from 'tap'
import { type CheckResult, critical, error, warning } from '../src/index.ts'
import { build, manual, messagesOf, until } from './fixtures/app.ts'

const TIMED_OUT = { 'dockerflow.health.E101': 'check timed out' }
const WEDGED = { 'dockerflow.health.C100': 'check is hung and cannot be stopped' }
const STALE = { 'dockerflow.health.C101': 'check has no recent result' }

test('1000 concurrent requests make one run', async (t) => {
  const check = manual()
  const app = await build(t, { wait: 10_000, checks: { db: check.run } })
  const all = Promise.all(Array.from({ length: 1000 }, () => app.inject('/__heartbeat__')))
  await until(() => check.state.runs > 0)
  await sleep(20)
  check.end()
  t.ok((await all).every((res) => res.statusCode === 200))
  t.equal(check.state.runs, 1)
})

test('results are kept for ttl, good and bad alike, and the first failure is retried after it', async (t) => {
  let runs = 0
  const app = await build(t, {
    ttl: 1000,
    checks: {
      db() {
        runs += 1
        if (runs < 3) throw new Error(`failure ${runs}`)
      }
    }
  })
  for (let i = 0; i < 10; i++) t.equal((await messagesOf(app)).code, 503)
  t.equal(runs, 1)
  await sleep(1010)
  t.equal((await messagesOf(app)).code, 503)
  t.equal(runs, 2)
  await sleep(1010)
  for (let i = 0; i < 10; i++) t.equal((await messagesOf(app)).code, 200)
  t.equal(runs, 3)
})

test("a client's disconnect aborts nothing and is no failure", async (t) => {
  const check = manual()
  const app = await build(t, { wait: 10_000, checks: { db: check.run } })
  const request = http.get(`${await app.listen({ port: 0 })}/__heartbeat__`)
  request.on('error', () => {})
  await until(() => check.state.runs === 1)
  request.destroy()
  await sleep(50)
  t.equal(check.signals[0]?.aborted, false)
  check.end()
  t.equal((await messagesOf(app)).code, 200)
  t.equal(check.state.runs, 1)
})

test('a run does not carry the asynchronous context of the request that started it', async (t) => {
  const storage = new AsyncLocalStorage<string>()
  const seen: unknown[] = []
  const app = await build(t, { checks: { db: () => void seen.push(storage.getStore()) } })
  await storage.run('a request', () => app.inject('/__heartbeat__'))
  t.strictSame(seen, [undefined])
})

test('a run that takes too long has its signal aborted, then 250 ms, then kill()', async (t) => {
  const events: string[] = []
  const { promise, reject } = Promise.withResolvers<void>()
  const app = await build(t, {
    checks: {
      db: {
        timeout: 30,
        run({ signal }) {
          signal.addEventListener('abort', () => events.push(`abort: ${signal.reason.name}`))
          return promise
        },
        kill() {
          events.push('kill')
          reject(new Error('destroyed'))
        }
      }
    }
  })
  const start = performance.now()
  t.same(await messagesOf(app), { code: 503, messages: TIMED_OUT })
  t.strictSame(events, ['abort: TimeoutError'])
  await until(() => events.length === 2)
  t.strictSame(events, ['abort: TimeoutError', 'kill'])
  t.ok(performance.now() - start >= 275)
  t.same((await messagesOf(app)).messages, TIMED_OUT, 'what it rejects with after that is no news')
})

test('a run that ends when its signal aborts is not killed', async (t) => {
  let kills = 0
  const check = manual((end) => end())
  const kill = () => void kills++
  const app = await build(t, { checks: { db: { run: check.run, kill, timeout: 20 } } })
  t.same((await messagesOf(app)).messages, TIMED_OUT, 'it did not end in time, whatever it says')
  await sleep(400)
  t.equal(kills, 0)
})

test('a run that never settles and ignores its signal is wedged: critical, and no other run', async (t) => {
  const check = manual()
  const app = await build(t, { ttl: 10, timeout: 200, checks: { db: check.run } })
  t.same((await messagesOf(app)).messages, TIMED_OUT)
  await until(async () => 'dockerflow.health.C100' in (await messagesOf(app)).messages)
  for (let i = 0; i < 20; i++) t.same(await messagesOf(app), { code: 503, messages: WEDGED })
  t.equal(check.state.runs, 1)
  check.end()
  await sleep(20)
  const next = messagesOf(app)
  await until(() => check.state.runs === 2)
  check.end()
  t.same(await next, { code: 200, messages: {} }, 'once it settles there is a new run')
  t.equal(check.state.highest, 1)
})

test('what settles late neither overwrites a newer result nor is an unhandled rejection', async (t) => {
  const unhandled: unknown[] = []
  const onUnhandled = (reason: unknown) => unhandled.push(reason)
  process.on('unhandledRejection', onUnhandled)
  t.teardown(() => process.off('unhandledRejection', onUnhandled))
  let runs = 0
  const app = await build(t, {
    ttl: 5000,
    timeout: 20,
    checks: {
      async late() {
        await sleep(500)
      },
      async rejectsLate() {
        runs += 1
        await sleep(500)
        throw new Error('too late')
      }
    }
  })
  const results: string[] = []
  app.heartbeat.onResult(({ check }) => results.push(check))
  t.same((await messagesOf(app, 'late')).messages, TIMED_OUT)
  await sleep(600)
  t.same((await messagesOf(app, 'late')).messages, TIMED_OUT)
  t.same((await messagesOf(app, 'rejectsLate')).messages, TIMED_OUT)
  t.strictSame(results.sort(), ['late', 'rejectsLate'], 'one result a run')
  t.equal(runs, 1)
  t.strictSame(unhandled, [])
})

test('a request waits no longer than wait, and the run goes on', async (t) => {
  const check = manual()
  const app = await build(t, { wait: 30, ttl: 50, maxStale: 60_000, checks: { db: check.run } })
  t.same(await messagesOf(app), { code: 503, messages: TIMED_OUT }, 'nothing is known yet')
  t.equal(check.signals[0]?.aborted, false)
  t.same((await messagesOf(app)).messages, TIMED_OUT, 'nobody waits for a run that is late')
  check.end(warning('app.W1', 'cold'))
  await sleep(0)
  t.same(await messagesOf(app), { code: 200, messages: { 'app.W1': 'cold' } })
  await sleep(60)
  t.same((await messagesOf(app)).messages, { 'app.W1': 'cold' }, 'not older than maxStale')
  t.equal(check.state.runs, 2)
})

test('a result older than maxStale is not served while a run is late', async (t) => {
  const check = manual()
  const app = await build(t, { wait: 100, ttl: 1500, maxStale: 2000, checks: { db: check.run } })
  const first = messagesOf(app)
  await until(() => check.state.runs === 1)
  check.end()
  t.same(await first, { code: 200, messages: {} })
  await sleep(2100)
  t.same(await messagesOf(app), { code: 503, messages: TIMED_OUT })
  check.end()
  await sleep(0)
  t.equal((await messagesOf(app)).code, 200)
})

test('a cold connect slower than wait warms up', async (t) => {
  let connects = 0
  const opened: true[] = []
  const app = await build(t, {
    wait: 20,
    timeout: 30,
    checks: {
      db: {
        async connect() {
          if (opened.length > 0) return
          connects += 1
          await sleep(500) // longer than wait and timeout: connectTimeout is a budget of its own
          opened.push(true)
        },
        run() {}
      }
    }
  })
  t.same(await messagesOf(app), { code: 503, messages: TIMED_OUT })
  await until(() => opened.length > 0)
  await sleep(20)
  t.equal((await messagesOf(app)).code, 200)
  t.equal(connects, 1)
})

test('a connect that exceeds connectTimeout fails the run, and run() is not called after it', async (t) => {
  let runs = 0
  const app = await build(t, {
    connectTimeout: 30,
    checks: { db: { connect: () => sleep(500), run: () => void runs++ } }
  })
  t.same(await messagesOf(app), { code: 503, messages: TIMED_OUT })
  await sleep(600)
  t.equal(runs, 0)
})

test('20 hung checks cost one wait', async (t) => {
  const checks = Object.fromEntries(Array.from({ length: 20 }, (_, i) => [`check ${i}`, manual().run]))
  const app = await build(t, { wait: 200, checks })
  const start = performance.now()
  t.equal((await app.inject('/__heartbeat__')).statusCode, 503)
  t.ok(performance.now() - start < 2000)
})

test('a check that blocks the event loop for 2 s does not make the others time out', async (t) => {
  // The other side of the second check answers from a thread of its own, while this one is blocked.
  const worker = new Worker(
    `require('node:net').createServer((s) => s.on('error', () => {}).on('data', (d) => s.write(d)))
      .listen(0, '127.0.0.1', function () { require('node:worker_threads').parentPort.postMessage(this.address().port) })`,
    { eval: true }
  )
  t.teardown(() => worker.terminate())
  const [port] = await once(worker, 'message')
  let socket: net.Socket | undefined
  t.teardown(() => socket?.destroy())
  let blocks = false
  const app = await build(t, {
    ttl: 0,
    wait: 1000,
    timeout: 1000,
    checks: {
      echo: {
        async connect() {
          if (socket) return
          socket = net.connect(port, '127.0.0.1')
          await once(socket, 'connect')
        },
        async run() {
          socket?.write('ping')
          await once(socket as net.Socket, 'data')
        }
      },
      blocking() {
        const end = performance.now() + 2000
        while (blocks && performance.now() < end);
      }
    }
  })
  t.same(await messagesOf(app, 'echo'), { code: 200, messages: {} })
  blocks = true
  t.same(await messagesOf(app, 'echo'), { code: 200, messages: {} })
})

test('a wall clock that jumps changes nothing', async (t) => {
  let runs = 0
  const app = await build(t, { ttl: 60_000, maxStale: 60_000, checks: { db: () => void runs++ } })
  t.equal((await messagesOf(app)).code, 200)
  const { now } = Date
  t.teardown(() => {
    Date.now = now
  })
  for (const jump of [-86_400_000, 86_400_000]) {
    Date.now = () => now() + jump
    t.equal((await messagesOf(app)).code, 200)
  }
  t.equal(runs, 1)
})

test('thresholds damp flapping, and show a warning while they do', async (t) => {
  let next: CheckResult
  const check = { run: () => next, failureThreshold: 3, successThreshold: 2 }
  const app = await build(t, { ttl: 0, checks: { db: check } })
  const seen = async (result: CheckResult) => {
    next = result
    return (await app.inject('/__heartbeat__')).json().details.db ?? 'ok'
  }
  const bad = critical('app.C1', 'down')
  const damped = { status: 'warning', level: 30, messages: { 'app.C1': 'down' } }
  const failed = { status: 'critical', level: 50, messages: { 'app.C1': 'down' } }
  const recovering = {
    status: 'warning',
    level: 30,
    messages: { 'dockerflow.health.W101': 'check is recovering' }
  }
  t.same(await seen(undefined), 'ok')
  t.same(await seen(bad), damped)
  t.same(await seen(undefined), 'ok')
  t.same(await seen(bad), damped)
  t.same(await seen(bad), damped)
  t.same(await seen(bad), failed)
  t.same(await seen(undefined), recovering)
  t.same(await seen(bad), failed)
  t.same(await seen(undefined), recovering)
  t.same(await seen(undefined), 'ok')
  t.same(await seen(bad), damped)
})

test('a run slower than slow adds a warning', async (t) => {
  const run = () => sleep(30)
  const app = await build(t, { checks: { db: { run, slow: 10 }, cache: { run, slow: 60_000 } } })
  const { details } = (await app.inject('/__heartbeat__')).json()
  t.same(details, {
    db: {
      status: 'warning',
      level: 30,
      messages: { 'dockerflow.health.W100': 'check took longer than 10 ms' }
    }
  })
})

test('level is what a throw and a timeout count as', async (t) => {
  const app = await build(t, {
    timeout: 20,
    level: 30,
    checks: { throws: () => Promise.reject(new Error('no')), hangs: manual((end) => end()).run }
  })
  const res = await app.inject('/__heartbeat__')
  t.equal(res.statusCode, 200)
  t.same(res.json().checks, { throws: 'warning', hangs: 'warning' })
})

test('with an interval requests start no runs', async (t) => {
  let runs = 0
  const app = await build(t, { interval: 2000, checks: { db: () => void runs++ } })
  t.equal(runs, 0, 'nothing runs before the app is ready')
  for (let i = 0; i < 10; i++) t.equal((await messagesOf(app)).code, 200)
  t.equal(runs, 1)
})

test('a poller survives a throw and a hang', async (t) => {
  let runs = 0
  const app = await build(t, {
    interval: 10,
    timeout: 20,
    checks: {
      db({ signal }) {
        runs += 1
        if (runs === 2) throw new Error('no')
        if (runs !== 3) return
        return new Promise((_, reject) =>
          signal.addEventListener('abort', () => reject(new Error('aborted')))
        )
      }
    }
  })
  await app.ready()
  const levels = new Set<number>()
  app.heartbeat.onResult(({ level }) => levels.add(level))
  await until(() => runs > 6)
  t.strictSame([...levels].sort(), [0, 40])
  t.equal((await messagesOf(app)).code, 200)
})

test('a poller without a result for longer than maxStale is critical, never a frozen 200', async (t) => {
  const check = manual()
  const app = await build(t, {
    interval: 10,
    ttl: 1000,
    maxStale: 1000,
    wait: 20,
    timeout: 60_000,
    checks: { db: check.run }
  })
  t.same((await messagesOf(app)).messages, TIMED_OUT, 'there is no first result')
  check.end()
  await sleep(0)
  t.equal((await messagesOf(app)).code, 200)
  await until(() => check.state.runs === 2)
  await sleep(1010)
  t.same(await messagesOf(app), { code: 503, messages: STALE })
  check.end()
  await sleep(0)
  t.equal((await messagesOf(app)).code, 200)
  t.equal(check.state.highest, 1)
})

test('a check that is added while a request waits is asked from the next request on', async (t) => {
  const check = manual()
  const app = await build(t, { wait: 10_000, checks: { db: check.run } })
  const waiting = app.inject('/__heartbeat__')
  await until(() => check.state.runs === 1)
  app.heartbeat.addCheck('cache', () => error('app.E1', 'down'))
  app.heartbeat.addCheck('polled', { run: () => {}, interval: 1000 })
  check.end()
  t.same((await waiting).json().checks, { db: 'ok', cache: 'unknown', polled: 'ok' })
  t.equal((await waiting).statusCode, 200)
  t.same((await app.inject('/__heartbeat__')).json().checks, { db: 'ok', cache: 'error', polled: 'ok' })
})

test('snapshot() runs nothing', async (t) => {
  let runs = 0
  const app = await build(t, { checks: { db: () => void runs++ } })
  await app.ready()
  t.same(app.heartbeat.snapshot(), { status: 'ok', checks: { db: 'unknown' }, details: {} })
  t.equal(runs, 0)
  t.same(await app.heartbeat.run(), { status: 'ok', checks: { db: 'ok' }, details: {} })
  t.same(app.heartbeat.snapshot(), { status: 'ok', checks: { db: 'ok' }, details: {} })
  t.equal(runs, 1)
})

test('without an interval snapshot() tells the last result, however old it is', async (t) => {
  const app = await build(t, { ttl: 10, maxStale: 10, checks: { db: () => warning('app.W1', 'slow') } })
  await app.heartbeat.run()
  await sleep(20)
  t.match(app.heartbeat.snapshot(), { status: 'warning', checks: { db: 'warning' } })
})

test('subscribers get results and transitions until they unsubscribe', async (t) => {
  let next: CheckResult
  const app = await build(t, { ttl: 0, checks: { db: () => next } })
  const told: object[] = []
  app.heartbeat.onResult(() => {
    throw new Error('a listener that throws harms nobody')
  })
  const ends = [
    app.heartbeat.onResult((result) => told.push(result)),
    app.heartbeat.onTransition((transition) => told.push(transition))
  ]
  await app.heartbeat.run()
  next = warning('app.W1', 'slow')
  await app.heartbeat.run()
  await app.heartbeat.run()
  t.match(told, [
    { check: 'db', level: 0, duration: Number },
    { check: 'db', level: 30, duration: Number },
    { check: 'db', level: 30, previousLevel: 0 },
    { check: 'db', level: 30, duration: Number }
  ])
  t.equal(told.length, 4)
  for (const end of ends) end()
  await app.heartbeat.run()
  t.equal(told.length, 4)
})

test('10,000 runs leak no listener, timer or handle', async (t) => {
  const warnings: Error[] = []
  const onWarning = (warned: Error) => warnings.push(warned)
  process.on('warning', onWarning)
  t.teardown(() => process.off('warning', onWarning))
  const signals = new WeakSet<AbortSignal>()
  let most = 0
  const app = await build(t, {
    ttl: 0,
    checks: {
      db({ signal }) {
        signal.addEventListener('abort', () => {})
        if (signals.has(signal)) t.fail('a signal is used twice')
        signals.add(signal)
        most = Math.max(most, getEventListeners(signal, 'abort').length)
      }
    }
  })
  await app.heartbeat.run()
  const before = process.getActiveResourcesInfo().length
  for (let i = 0; i < 10_000; i++) await app.heartbeat.run()
  t.equal(most, 1)
  t.ok(process.getActiveResourcesInfo().length <= before + 1)
  t.strictSame(warnings, [])
})
