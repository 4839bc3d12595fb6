import { spawn } from 'node:child_process'
import { connect } from 'node:net'
import { createInterface } from 'node:readline'
import { text } from 'node:stream/consumers'
import { setTimeout as sleep } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { guarded } from '@dockerflow/testing/guard'
import { find, freePort, without } from '@dockerflow/testing/programs'
import { type Test, test } from 'tap'
import { startService } from './fixtures/service.ts'

const rolls = 10

// What a load balancer does by default to hide a failure, try again elsewhere, is off.
const configuration = (stats: number, port: number, backends: number[], interval: number) => `
global
  stats socket ipv4@127.0.0.1:${stats}
defaults
  mode http
  retries 0
  timeout connect 5s
  timeout client 30s
  timeout server 30s
  timeout check 5s
frontend public
  bind 127.0.0.1:${port}
  default_backend demos
backend demos
  balance roundrobin
  option httpchk GET /__lbheartbeat__
  http-check expect status 200
${backends.map((port, i) => `  server demo${i} 127.0.0.1:${port} check inter ${interval} fall 2 rise 1`).join('\n')}
`

/** Two demos behind haproxy, that drain for so long and are probed every `interval` ms, and the load on them. */
async function balance(t: Test, DRAIN_DELAY: string, interval: number) {
  const [stats, port, ...backends] = [
    await freePort(),
    await freePort(),
    await freePort(),
    await freePort()
  ] as const
  const start = (backend: number) => startService(t, { PORT: `${backend}`, DRAIN_DELAY })
  const demos = await Promise.all(backends.map(start))

  const dir = t.testdir({ 'haproxy.cfg': configuration(stats, port, backends, interval) })
  const haproxy = guarded(
    spawn(find('haproxy') as string, ['-db', '-f', `${dir}/haproxy.cfg`], { stdio: 'ignore' })
  )
  t.teardown(() => haproxy.kill('SIGKILL'))

  /** Resolves once haproxy counts both as up. */
  const bothUp = async () => {
    for (;;) {
      const socket = connect(stats, '127.0.0.1')
      socket.on('error', () => {}) // haproxy may not listen yet
      socket.write('show stat\n')
      const lines = await text(socket).catch(() => '')
      if (lines.split('\n').filter((line) => /^demos,demo\d,.*,UP,/.test(line)).length === 2) return
      await sleep(50)
    }
  }
  await bothUp()

  const generator = guarded(
    spawn(
      process.execPath,
      [fileURLToPath(new URL('fixtures/generator.ts', import.meta.url)), `http://127.0.0.1:${port}`],
      { stdio: ['ignore', 'pipe', 'inherit'] }
    )
  )
  t.teardown(() => generator.kill('SIGKILL'))
  const told = createInterface({ input: generator.stdout })[Symbol.asyncIterator]()
  await told.next()

  return {
    /** Ends one demo, as a deploy does, and puts another in its place. Resolves with how the first ended. */
    async roll(i: 0 | 1) {
      demos[i]?.process.kill('SIGTERM')
      const end = await demos[i]?.ended
      demos[i] = await start(backends[i])
      await bothUp()
      return end
    },
    /** Ends the load. Resolves with how many requests were answered, by what, and what failed. */
    async load(): Promise<{ answered: Record<string, number>; failures: string[] }> {
      generator.kill('SIGTERM')
      return JSON.parse((await told.next()).value)
    }
  }
}

const skip = without('haproxy')

test(`two demos behind haproxy are rolled ${rolls} times, and no request fails`, { skip }, async (t) => {
  // Twenty-five times what haproxy needs to see that one drains: on a busy machine it looks less often.
  const { roll, load } = await balance(t, '1000', 20)
  for (let i = 0; i < rolls; i++) {
    t.strictSame(await roll(0), [0, null])
    t.strictSame(await roll(1), [0, null])
  }
  const { answered, failures } = await load()
  t.strictSame(failures, [])
  const total = Object.values(answered).reduce((sum, count) => sum + count, 0)
  t.comment(`none of ${total} requests failed: ${JSON.stringify(answered)}`)
  t.ok(total > 1000, 'the load was steady')
  t.strictSame(
    Object.keys(answered).sort(),
    ['GET /', 'GET /__heartbeat__', 'GET /status', 'HEAD /', 'POST /nowhere'].flatMap((request) => [
      `${request}, keep-alive`,
      `${request}, new connection`
    ])
  )
})

// That the test above can fail.
test('without a drain delay requests do fail', {
  skip
}, async (t) => {
  const { roll, load } = await balance(t, '0', 500)
  t.strictSame(await roll(0), [0, null])
  const { failures } = await load()
  t.ok(failures.length > 0)
  t.comment(`${failures.length} requests failed, such as ${failures[0]}`)
})
