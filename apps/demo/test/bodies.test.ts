import { readFileSync } from 'node:fs'
import { framings, sendHalfBodies } from '@dockerflow/testing/half-bodies'
import { test } from 'tap'
import { startService } from './fixtures/service.ts'

/** What the demo's container may use. */
const limit = 256 * 2 ** 20

for (const framing of framings) {
  test(`300 clients that never finish a body of a megabyte ${framing} leave the demo below its memory limit`, {
    skip: process.platform === 'linux' ? false : 'needs /proc'
  }, async (t) => {
    const service = await startService(t)
    await sendHalfBodies(t, service.url, 300, framing)
    t.equal((await fetch(`${service.url}/__lbheartbeat__`)).status, 200, 'it serves')
    t.equal(service.process.exitCode, null)
    const peak = Number(
      /VmHWM:\s+(\d+)/.exec(readFileSync(`/proc/${service.process.pid}/status`, 'utf8'))?.[1]
    )
    t.ok(peak * 1024 < limit, `${Math.round(peak / 1024)} MB at most`)
  })
}
