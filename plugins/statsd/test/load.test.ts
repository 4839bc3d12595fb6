import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { connect } from 'node:net'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import { guarded } from '@dockerflow/testing/guard'
import { test } from 'tap'
import { statsd } from './fixtures/udp.ts'

const total = 100_000
const connections = 4
const pipelined = 100

/** Sends `count` requests over one connection, and resolves once each is answered. */
async function load(port: number, path: string, count: number): Promise<void> {
  const socket = connect(port, '127.0.0.1')
  const request = `GET ${path} HTTP/1.1\r\nHost: a\r\n\r\n`
  let [sent, answered, tail] = [0, 0, '']
  const send = () => {
    const batch = Math.min(pipelined, count - sent)
    sent += batch
    socket.write(request.repeat(batch))
  }
  send()
  for await (const chunk of socket.setEncoding('latin1')) {
    const text = tail + chunk
    answered += text.split('HTTP/1.1 ').length - 1
    tail = text.slice(-8) // a status line may come in two pieces; 8 characters hold none that was counted
    if (answered === count) break
    if (answered === sent) send()
  }
}

test(`${total} requests lose no counter`, async (t) => {
  const server = await statsd(t)
  const service = guarded(
    spawn(process.execPath, [fileURLToPath(new URL('fixtures/service.ts', import.meta.url))], {
      env: { ...process.env, STATSD_HOST: '127.0.0.1', STATSD_PORT: `${server.port}` },
      stdio: ['ignore', 'pipe', 'inherit']
    })
  )
  t.teardown(() => service.kill('SIGKILL'))
  const [origin] = await once(createInterface({ input: service.stdout }), 'line')
  const port = Number(new URL(origin).port)
  const each = total / connections
  const loads = Array.from({ length: connections }, (_, i) =>
    load(port, i === 0 ? '/fail' : `/hello/${i}`, each)
  )
  await Promise.all(loads)
  service.kill('SIGTERM')
  t.strictSame(await once(service, 'exit'), [0, null])
  await server.until(() => server.sum('http.requests') >= total)
  t.equal(server.sum('http.requests', { route: '/hello/:name', status: '2xx' }), total - each)
  t.equal(server.sum('http.requests', { route: '/fail', status: '5xx' }), each)
  const timings = server.lines.filter(({ type }) => type === 'ms')
  const estimated = timings.reduce((sum, { rate }) => sum + 1 / rate, 0)
  t.ok(Math.abs(estimated - total) < total / 100, `the timings stand for ${Math.round(estimated)} requests`)
  t.comment(`${server.packets.length} packets, ${timings.length} timings`)
})
