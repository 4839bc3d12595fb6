// `npm start`, as a user runs it: in a copy of the repository where nothing is installed.
import { type ChildProcess, execFileSync, spawn } from 'node:child_process'
import { once } from 'node:events'
import { cpSync, existsSync, mkdirSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { freePort, onlyOn } from '@dockerflow/testing/programs'
import { root } from '@dockerflow/testing/root'
import tap, { type Test } from 'tap'

const copy = mkdtempSync(join(tmpdir(), 'dockerflow-start-'))
tap.teardown(() => rmSync(copy, { recursive: true, force: true }))
const files = execFileSync('git', ['ls-files', '-z', '--cached', '--others', '--exclude-standard'], {
  cwd: root,
  encoding: 'utf8'
})
for (const file of files.split('\0').filter((path) => path && existsSync(join(root, path)))) {
  mkdirSync(dirname(join(copy, file)), { recursive: true })
  cpSync(join(root, file), join(copy, file))
}

/** The user's environment: nothing of tap's or pnpm's, and what this repository compiled already. */
const environment = Object.fromEntries(
  Object.entries(process.env).filter(
    ([name]) => !/^(?:_?TAP|NODE_OPTIONS$|npm_(?!config_)|INIT_CWD$|CI$)/.test(name)
  )
)

interface Demo {
  npm: ChildProcess
  url: string
  output: { stdout: string; stderr: string }
  ended: Promise<[code: number | null, signal: NodeJS.Signals | null]>
}

const answers = async (url: string) => (await fetch(`${url}/__lbheartbeat__`).catch(() => undefined))?.ok

/** `npm start` in a process group of its own, as a terminal has it, once the demo answers. */
async function start(t: Test, env: NodeJS.ProcessEnv = {}, waits = true): Promise<Demo> {
  const port = env.PORT ?? `${await freePort()}`
  const url = `http://127.0.0.1:${port}`
  // tap puts itself into each Node that it sees start, by NODE_OPTIONS.
  const npm = spawn('env', ['-u', 'NODE_OPTIONS', 'npm', 'start'], {
    cwd: copy,
    detached: true,
    env: {
      ...environment,
      TURBO_CACHE_DIR: process.env.TURBO_CACHE_DIR ?? join(root, '.turbo/cache'),
      ...env,
      PORT: port
    }
  })
  const output = { stdout: '', stderr: '' }
  npm.stdout?.setEncoding('utf8').on('data', (text) => {
    output.stdout += text
  })
  npm.stderr?.setEncoding('utf8').on('data', (text) => {
    output.stderr += text
  })
  // Pipes are closed when the last process that has them has ended: nothing is left over.
  const ended = once(npm, 'close') as Demo['ended']
  t.teardown(async () => {
    npm.kill('SIGTERM')
    await Promise.race([ended, sleep(30_000, undefined, { ref: false })])
  })
  while (waits && !(await answers(url))) {
    if (npm.exitCode !== null) throw new Error(output.stderr)
    await sleep(100)
  }
  return { npm, url, output, ended }
}

const lines = (stdout: string): { Type: string; Fields: { signal?: string } }[] =>
  stdout
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line))

const skip = onlyOn('linux', 'darwin')

tap.test('without a network npm start ends with one line that says what to check', { skip }, async (t) => {
  const folder = t.testdir({})
  for (const path of ['package.json', 'scripts'])
    cpSync(join(root, path), join(folder, path), { recursive: true })
  const npm = spawn('env', ['-u', 'NODE_OPTIONS', 'npm', 'start'], {
    cwd: folder,
    env: {
      ...environment,
      npm_config_registry: `http://127.0.0.1:${await freePort()}`,
      npm_config_cache: join(folder, 'cache'),
      npm_config_fetch_retries: '0'
    }
  })
  let stderr = ''
  npm.stderr.setEncoding('utf8').on('data', (text) => {
    stderr += text
  })
  t.strictSame(await once(npm, 'close'), [1, null])
  t.match(
    stderr,
    /^the dependencies can't be installed; .* check npm's registry and proxy: npm config list$/m
  )
})

tap.test('npm start installs the demo’s part alone, and stdout is its log', { skip }, async (t) => {
  const demo = await start(t)
  demo.npm.kill('SIGTERM')
  t.strictSame(await demo.ended, [0, null])
  t.ok(lines(demo.output.stdout).every(({ Type }) => typeof Type === 'string'))
  t.match(demo.output.stderr, /^installing what the demo needs/m)
  t.notOk(
    existsSync(join(copy, 'plugins/checks/node_modules/mongodb')),
    'no driver of the tests is installed'
  )
})

tap.test(
  'SIGTERM to npm alone drains the service, and its exit code is the service’s',
  { skip },
  async (t) => {
    const demo = await start(t, { DRAIN_DELAY: '1500' })
    demo.npm.kill('SIGTERM')
    while (!demo.output.stdout.includes('app.drain')) await sleep(20)
    t.equal((await fetch(`${demo.url}/__version__`)).status, 200, 'it serves while it drains')
    t.equal(demo.npm.exitCode, null, 'npm waits for it')
    t.strictSame(await demo.ended, [0, null])
    t.notOk(await answers(demo.url))
  }
)

tap.test('Ctrl+C, which reaches every process of the terminal, ends it in order', { skip }, async (t) => {
  const demo = await start(t, { DRAIN_DELAY: '500' })
  process.kill(-(demo.npm.pid as number), 'SIGINT')
  t.strictSame(await demo.ended, [0, null])
  const drains = lines(demo.output.stdout).filter(({ Type }) => Type === 'app.drain')
  t.match(drains, [{ Fields: { signal: 'SIGINT' } }])
  t.notOk(await answers(demo.url))
})

tap.test('the service ends when npm is killed', { skip }, async (t) => {
  const demo = await start(t)
  demo.npm.kill('SIGKILL')
  await demo.ended
  t.notOk(await answers(demo.url))
})

tap.test('a port that is taken is one line, and exit code 1', { skip }, async (t) => {
  const { url } = await start(t)
  const second = await start(t, { PORT: new URL(url).port }, false)
  t.strictSame(await second.ended, [1, null])
  t.match(second.output.stdout + second.output.stderr, /EADDRINUSE|in use/)
})
