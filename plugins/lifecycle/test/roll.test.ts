import { spawn } from 'node:child_process'
import { connect } from 'node:net'
import { text } from 'node:stream/consumers'
import { setTimeout as sleep } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { find, freePort, without } from '@dockerflow/testing/programs'
import { type Test, test } from 'tap'
import { Service } from './fixtures/start.ts'

const rolls = 10

// What a load balancer does by default to hide a failure, try again elsewhere, is off.
const configuration = (stats: number, port: number, backends: number[]) => `
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
  default_backend services
backend services
  balance roundrobin
  option httpchk GET /__lbheartbeat__
  http-check expect status 200
${backends.map((port, i) => `  server s${i} 127.0.0.1:${port} check inter 100 fall 2 rise 1`).join('\n')}
`

/** Resolves once haproxy counts both services as up. */
async function bothUp(port: number): Promise<void> {
  for (;;) {
    const stats = connect(port, '127.0.0.1')
    stats.on('error', () => {}) // haproxy may not listen yet
    stats.write('show stat\n')
    const lines = await text(stats).catch(() => '')
    if (lines.split('\n').filter((line) => /^services,s\d,.*,UP,/.test(line)).length === 2) return
    await sleep(50)
  }
}

async function startService(t: Test, port: number): Promise<Service> {
  const service = new Service(t, { OPTIONS: JSON.stringify({ port, drainDelay: 1500 }) })
  await service.line('app.start')
  return service
}

test(`two services behind haproxy are rolled ${rolls} times, and no request fails`, {
  skip: without('haproxy', 'haproxy')
}, async (t) => {
  const [stats, port] = [await freePort(), await freePort()]
  const backends = [await freePort(), await freePort()]
  const services = await Promise.all(backends.map((backend) => startService(t, backend)))

  const dir = t.testdir({ 'haproxy.cfg': configuration(stats, port, backends) })
  const haproxy = spawn(find('haproxy') as string, ['-db', '-f', `${dir}/haproxy.cfg`], { stdio: 'ignore' })
  t.teardown(() => haproxy.kill('SIGKILL'))
  await bothUp(stats)

  const generator = spawn(
    process.execPath,
    [fileURLToPath(new URL('fixtures/generator.ts', import.meta.url)), `http://127.0.0.1:${port}`],
    { stdio: ['ignore', 'pipe', 'inherit'] }
  )
  t.teardown(() => generator.kill('SIGKILL'))

  for (let roll = 0; roll < rolls; roll++) {
    for (const [i, backend] of backends.entries()) {
      services[i]?.kill('SIGTERM')
      t.equal((await services[i]?.ended())?.code, 0)
      services[i] = await startService(t, backend)
      await bothUp(stats)
    }
  }

  generator.kill('SIGTERM')
  const { answered, failures } = JSON.parse(await text(generator.stdout))
  t.strictSame(failures, [], `none of ${answered} requests fails`)
  t.ok(answered > 1000, 'the load was steady')
  for (const service of services) {
    service.kill('SIGTERM')
    t.equal((await service.ended()).code, 0)
  }
})
