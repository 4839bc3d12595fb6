import { type ChildProcess, execFileSync, spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, globSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { guarded } from '@dockerflow/testing/guard'
import { root } from '@dockerflow/testing/root'
import { type Test, test } from 'tap'

/**
 * Starts .ci/run on a machine that lacks nothing, as a user who is not root, with `npm` as given.
 * What it leaves behind is in `temp`.
 */
function start(t: Test, npm: string): { run: ChildProcess; folder: string; temp: string } {
  const folder = t.testdir({})
  const [bin, temp] = [join(folder, 'bin'), join(folder, 'temp')]
  for (const path of [bin, temp]) mkdirSync(path)
  const programs = {
    'dpkg-query': 'echo "ii "',
    'docker-buildx': '',
    'docker-compose': '',
    kustomize: '',
    id: 'echo 1000',
    sudo: `echo "$*" >>${folder}/sudo; exit 1`,
    npm
  }
  for (const [name, script] of Object.entries(programs))
    writeFileSync(join(bin, name), `#!/bin/sh\n${script}\n`, { mode: 0o755 })
  const env = { ...process.env, PATH: `${bin}:${process.env.PATH}`, TMPDIR: temp, FOLDER: folder }
  const run = guarded(spawn('.ci/run', { cwd: root, env, stdio: 'ignore' }))
  t.teardown(() => run.kill('SIGKILL'))
  return { run, folder, temp }
}

/** Whether a process has not ended; one that nobody waited for has. */
const runs = (pid: number) =>
  existsSync(`/proc/${pid}`) && !/^State:\s+Z/m.test(readFileSync(`/proc/${pid}/status`, 'utf8'))

test('a step that fails ends .ci/run with its code; nothing stays, and nobody is asked for a password', async (t) => {
  const { run, folder, temp } = start(t, 'exit 3')
  t.strictSame(await once(run, 'exit'), [3, null])
  t.strictSame(readdirSync(temp), [])
  t.notOk(existsSync(join(folder, 'sudo')))
})

test('.ci/run that gets a signal ends in the middle of a step, with all that the step started', async (t) => {
  // A signal reaches the script alone, as from a CI service or `timeout`.
  for (const [signal, code] of [
    ['SIGTERM', 143],
    ['SIGINT', 130]
  ] as const) {
    const { run, folder, temp } = start(
      t,
      'sleep 300 & echo $! >"$FOLDER/pid.new"; mv "$FOLDER/pid.new" "$FOLDER/pid"; wait'
    )
    while (!existsSync(join(folder, 'pid'))) await sleep(20)
    const pid = Number(readFileSync(join(folder, 'pid'), 'utf8'))
    t.ok(runs(pid))
    run.kill(signal)
    t.strictSame(
      await Promise.race([once(run, 'exit'), sleep(60_000, undefined, { ref: false })]),
      [code, null],
      signal
    )
    t.notOk(runs(pid))
    t.strictSame(readdirSync(temp), [])
  }
})

test('each file of tests has ten minutes, on however busy a machine', async (t) => {
  const manifests = globSync('{.,{apps,examples,packages,plugins,tests}/*,docs,release}/package.json', {
    cwd: root
  })
  const all = manifests.map((file) => [file, JSON.parse(readFileSync(join(root, file), 'utf8')).tap] as const)
  const withTap = all.filter(([, tap]) => tap !== undefined)
  t.ok(withTap.length > 15)
  for (const [file, tap] of withTap) t.ok(tap.timeout >= 600, file)
})

test('what is made is no input of a task: a second run is all cache hits', async (t) => {
  const args = ['run', 'build', 'typecheck', 'test', '--dry=json']
  const options = { cwd: root, encoding: 'utf8', maxBuffer: 2 ** 28 } as const
  const plan = execFileSync(join(root, 'node_modules/.bin/turbo'), args, options)
  const made = /(?:^|\/)(?:\.site|\.tap|\.turbo|cache|coverage|dist|node_modules)\//
  const tasks: { taskId: string; inputs: Record<string, string> }[] = JSON.parse(plan).tasks
  t.ok(tasks.length > 50)
  for (const { taskId, inputs } of tasks)
    t.strictSame(
      Object.keys(inputs)
        .filter((path) => made.test(path))
        .slice(0, 5),
      [],
      taskId
    )
})
