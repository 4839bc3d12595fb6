import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import Fastify from 'fastify'
import { type Test, test } from 'tap'
import fastifyStatsd, { type FastifyStatsdOptions } from '../src/index.ts'
import { UnixStatsd } from './fixtures/unix.ts'
import { buildUnixDgram, withoutCompiler } from './fixtures/unix-dgram.ts'

const skip = withoutCompiler()
if (!skip) await buildUnixDgram()

/** An app that tells a Unix socket, and the lines of its log. */
async function build(t: Test, opts: FastifyStatsdOptions) {
  const log: { level: number; msg: string }[] = []
  const app = Fastify({
    logger: { level: 'debug', stream: { write: (line: string) => log.push(JSON.parse(line)) } }
  })
  t.teardown(() => app.close())
  await app.register(fastifyStatsd, { interval: 20, ...opts })
  app.get('/', async () => 'hello')
  const origin = await app.listen({ port: 0, host: '127.0.0.1' })
  /** Counts jobs until the receiver has one more. */
  const heardBy = async (statsd: UnixStatsd) => {
    const before = statsd.sum('jobs')
    while (statsd.sum('jobs') === before) {
      app.statsd.increment('jobs')
      t.equal((await fetch(origin)).status, 200)
      await sleep(20)
    }
  }
  const louder = () => log.filter(({ level }) => level > 30)
  return { app, origin, log, heardBy, louder }
}

/** A path for a socket. Below the test's own folder it would be longer than the kernel takes. */
function socketOf(t: Test): string {
  const folder = mkdtempSync(join(tmpdir(), 'statsd-'))
  t.teardown(() => rmSync(folder, { recursive: true }))
  return join(folder, 'statsd.sock')
}

test('metrics go to a Unix datagram socket, and what is left when the app closes', { skip }, async (t) => {
  const statsd = new UnixStatsd(t, socketOf(t))
  await statsd.start()
  const { app, origin, log } = await build(t, { path: statsd.path, prefix: 'demo', interval: 3_600_000 })
  await fetch(origin)
  app.statsd.increment('jobs', 3, { queue: 'mail' })
  t.strictSame(statsd.lines, [])
  await app.close()
  await statsd.until(() => statsd.sum('demo.jobs', { queue: 'mail' }) === 3)
  t.equal(statsd.sum('demo.http.requests', { method: 'GET', route: '/', status: '2xx' }), 1)
  t.notOk(log.some(({ msg }) => msg === 'statsd: not sent'))
})

test('many series, more packets than the socket holds, lose no counter', { skip }, async (t) => {
  const statsd = new UnixStatsd(t, socketOf(t))
  await statsd.start()
  const { app } = await build(t, { path: statsd.path, interval: 3_600_000 })
  const series = 1900
  for (let i = 0; i < series; i++) app.statsd.increment('jobs', 1, { queue: `${i}`.padStart(200, '0') })
  await app.close()
  await statsd.until(() => statsd.sum('jobs') === series)
  t.ok(statsd.packets.length > 40, `${statsd.packets.length} packets`)
  t.ok(statsd.packets.every((length) => length <= 8192))
})

test('a socket that is not there yet is waited for in silence', { skip }, async (t) => {
  const statsd = new UnixStatsd(t, socketOf(t))
  const { app, origin, log, heardBy, louder } = await build(t, { path: statsd.path })
  app.statsd.increment('early')
  while (!log.some(({ msg }) => msg === 'statsd: not sent')) await sleep(10)
  t.equal((await fetch(origin)).status, 200)
  await statsd.start()
  await heardBy(statsd)
  await app.close()
  t.strictSame(louder(), [])
})

for (const [how, restart] of [
  ['at once', 0],
  ['after a while', 1500]
] as const) {
  test(`a receiver that dies and comes back ${how} gets metrics again`, { skip }, async (t) => {
    const statsd = new UnixStatsd(t, socketOf(t))
    await statsd.start()
    const { app, origin, heardBy, louder } = await build(t, { path: statsd.path })
    await heardBy(statsd)
    await statsd.crash()
    for (const end = performance.now() + restart; performance.now() < end; await sleep(50)) {
      app.statsd.increment('lost')
      t.equal((await fetch(origin)).status, 200)
    }
    await statsd.start()
    await heardBy(statsd)
    await app.close()
    t.strictSame(louder(), [])
  })
}

test('a receiver that hangs, or is gone, keeps no request waiting and no app from closing', {
  skip
}, async (t) => {
  for (const end of ['SIGSTOP', 'SIGKILL'] as const) {
    const statsd = new UnixStatsd(t, socketOf(t))
    await statsd.start()
    const { app, origin, heardBy, louder } = await build(t, { path: statsd.path })
    await heardBy(statsd)
    statsd.kill(end)
    for (let turn = 0; turn < 20; turn++) {
      for (let i = 0; i < 500; i++) app.statsd.timing('job', i, { queue: `${i}` })
      t.equal((await fetch(origin)).status, 200)
      await sleep(20)
    }
    await app.close()
    t.strictSame(louder(), [])
    statsd.kill('SIGCONT')
  }
})

test('a path that is no datagram socket is logged at debug alone', { skip }, async (t) => {
  const { app, origin, log, louder } = await build(t, { path: tmpdir() })
  app.statsd.increment('jobs')
  while (!log.some(({ msg }) => msg === 'statsd: not sent')) await sleep(10)
  t.equal((await fetch(origin)).status, 200)
  await app.close()
  t.strictSame(louder(), [])
})
