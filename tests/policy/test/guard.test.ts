import { execFileSync, spawn } from 'node:child_process'
import { once } from 'node:events'
import { readdirSync, readFileSync } from 'node:fs'
import { createInterface } from 'node:readline'
import { setTimeout as sleep } from 'node:timers/promises'
import { test } from 'tap'

const guard = JSON.stringify(new URL('../../support/src/guard.ts', import.meta.url))
const program = `
  import { spawn } from 'node:child_process'
  import { guarded } from ${guard}
  const [left, ended] = [guarded(spawn('sleep', ['600'])), guarded(spawn('sleep', ['600']))]
  ended.kill()
  ended.once('exit', () => console.log(left.pid))
`

/** Whether a process is there and no zombie. */
const runs = (pid: string) =>
  readdirSync('/proc').includes(pid) && !/^\d+ \(.*\) Z/.test(readFileSync(`/proc/${pid}/stat`, 'utf8'))

for (const signal of ['SIGTERM', 'SIGINT', 'SIGKILL'] as const)
  test(`what a test started ends with it, when ${signal} ends it`, {
    skip: process.platform !== 'linux' && 'reads /proc'
  }, async (t) => {
    const parent = spawn(process.execPath, ['--input-type=module', '--eval', program], {
      stdio: ['ignore', 'pipe', 'inherit']
    })
    t.teardown(() => parent.kill('SIGKILL'))
    const [pid = ''] = await once(createInterface({ input: parent.stdout }), 'line')
    t.ok(runs(pid), 'it runs beside the test')
    parent.kill(signal)
    for (let tries = 0; runs(pid) && tries < 600; tries++) await sleep(100)
    t.notOk(runs(pid), 'it is gone')
  })

test('the guard keeps no test running', async (t) => {
  const brief = `
    import { spawn } from 'node:child_process'
    import { guarded } from ${guard}
    guarded(spawn('true'))
  `
  t.equal(execFileSync(process.execPath, ['--input-type=module', '--eval', brief], { encoding: 'utf8' }), '')
})
