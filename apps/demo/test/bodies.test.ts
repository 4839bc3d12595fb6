import { readFileSync } from 'node:fs'
import { connect } from 'node:net'
import { test } from 'tap'
import { startService } from './fixtures/service.ts'

/** What the demo's container may use. */
const limit = 256 * 2 ** 20
const clients = 300
const size = 999_999

for (const [kind, header] of [
  ['whose length it says', `Content-Length: ${size + 1}`],
  ['in chunks', 'Transfer-Encoding: chunked']
] as const) {
  test(`${clients} clients that never finish a body of ${size} bytes ${kind} leave the demo below its memory limit`, {
    skip: process.platform === 'linux' ? false : 'needs /proc'
  }, async (t) => {
    const service = await startService(t)
    const port = Number(new URL(service.url).port)
    const chunked = header.startsWith('Transfer') ? `${size.toString(16)}\r\n` : ''
    const head = `POST / HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\n${header}\r\n\r\n${chunked}`
    const body = Buffer.concat([Buffer.from(head), Buffer.alloc(size, '1')])
    await Promise.all(
      Array.from({ length: clients }, () => {
        const socket = connect(port, '127.0.0.1')
        t.teardown(() => socket.destroy())
        socket.on('error', () => {}) // the demo closes it before all is sent
        return new Promise<void>((resolve) => {
          socket.once('close', () => resolve())
          socket.once('data', () => resolve())
          socket.write(body)
        })
      })
    )
    t.equal((await fetch(`${service.url}/__lbheartbeat__`)).status, 200, 'it serves')
    t.equal(service.process.exitCode, null)
    const peak = Number(
      /VmHWM:\s+(\d+)/.exec(readFileSync(`/proc/${service.process.pid}/status`, 'utf8'))?.[1]
    )
    t.ok(peak * 1024 < limit, `${Math.round(peak / 1024)} MB at most`)
  })
}
