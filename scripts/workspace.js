// What the other scripts share: installing, and running a program so that a signal ends it and nothing is left over.
import { spawn, spawnSync } from 'node:child_process'
import { existsSync, mkdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { constants } from 'node:os'
import { delimiter, join } from 'node:path'
import { fileURLToPath } from 'node:url'

/** The folder of the repository. */
export const root = fileURLToPath(new URL('..', import.meta.url))

const windows = process.platform === 'win32'
const manifest = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'))
/** Is there while only the demo's dependencies are installed. */
const onlyDemo = join(root, 'node_modules/.only-demo')
const pathName = Object.keys(process.env).find((name) => name.toUpperCase() === 'PATH') ?? 'PATH'

/** The environment of every command: the workspace's programs come first, with the pinned Node among them. */
export const environment = {
  ...process.env,
  [pathName]: [join(root, 'node_modules/.bin'), process.env[pathName]].join(delimiter)
}

/** Writes one line for people. */
export const say = (line) => void process.stderr.write(`${line}\n`)

/** An error that people can do something about: one line, without a stack. */
export class Advice extends Error {}

/**
 * Runs a program until it ends. SIGTERM, SIGINT and SIGHUP are passed on, and so is the end of the shell or npm that
 * started this: it may die of a signal that it doesn't pass on.
 *
 * @param {string} program
 * @param {string[]} args
 * @param {{ cwd?: string, stdio?: import('node:child_process').StdioOptions, alone?: boolean }} options `alone` gives
 *   the program a process group of its own. Ctrl+C then reaches it once, and not from the terminal and from npm.
 * @returns {Promise<number>} the exit code, as a shell has it
 */
export async function run(program, args, { cwd = root, stdio = 'inherit', alone = false } = {}) {
  const ownGroup = alone && !windows
  const child = spawn(program, args, {
    cwd,
    stdio,
    env: environment,
    detached: ownGroup,
    // What npm puts into .bin on Windows are scripts of its shell.
    shell: windows && !program.endsWith('.exe')
  })
  let last = { signal: '', at: 0 }
  const pass = (signal) => {
    const at = performance.now()
    // The terminal's Ctrl+C reaches the whole group, and npm passes it on once more.
    if (signal === last.signal && at - last.at < 300) return
    last = { signal, at }
    child.kill(signal === 'SIGHUP' ? 'SIGTERM' : signal)
  }
  const handlers = ['SIGTERM', 'SIGHUP', ...(ownGroup || !process.stdin.isTTY ? ['SIGINT'] : [])]
  for (const signal of handlers) process.on(signal, pass)
  const ignore = () => {}
  process.on('SIGINT', ignore)
  const parent = process.ppid
  const watch = windows ? undefined : setInterval(() => process.ppid !== parent && pass('SIGTERM'), 200)
  try {
    return await new Promise((resolve, reject) => {
      child.once('error', reject)
      child.once('exit', (code, signal) => resolve(code ?? 128 + constants.signals[signal]))
    })
  } finally {
    clearInterval(watch)
    for (const signal of handlers) process.off(signal, pass)
    process.off('SIGINT', ignore)
  }
}

/** Runs a program whose output is for people alone: all of it goes to stderr. Its failure ends the script. */
export async function prepare(what, program, args, options) {
  const code = await run(program, args, { ...options, stdio: ['ignore', 2, 2] })
  if (code > 128) process.exit(code)
  if (code !== 0) throw new Advice(what)
}

/** npm, the one that runs this, with arguments. */
function npm(...args) {
  const cli = process.env.npm_execpath
  return cli?.endsWith('npm-cli.js') ? [process.execPath, cli, ...args] : ['npm', ...args]
}

/** pnpm as it is pinned: the workspace's own, or before there is one, what npm downloads. */
function pnpm() {
  const own = join(root, 'node_modules/pnpm/bin/pnpm.mjs')
  if (existsSync(own)) return [process.execPath, own]
  return npm('exec', '--yes', `--package=${manifest.packageManager}`, '--', 'pnpm')
}

/**
 * The pinned Node needs libatomic, which a small Linux lacks. There, the Node that runs this takes its place, or, where
 * that is too old for the workspace, one that doesn't need it.
 */
async function replaceNode() {
  const link = join(root, 'node_modules/.bin/node')
  if (process.platform !== 'linux' || spawnSync(link, ['--version']).status === 0) return
  const [major, minor] = process.versions.node.split('.').map(Number)
  let other = process.execPath
  if (major < 22 || (major === 22 && minor < 18)) {
    const name = `node-linux-${process.arch}`
    const folder = join(root, 'node_modules/.node')
    other = join(folder, 'node_modules', name, 'bin/node')
    if (!existsSync(other)) {
      say('the pinned Node needs libatomic.so.1, which is missing: installing Node 24, which does not')
      mkdirSync(folder, { recursive: true })
      writeFileSync(join(folder, 'package.json'), '{ "private": true }')
      const [program, ...args] = npm('install', '--no-save', '--no-audit', '--no-fund', `${name}@24.21.0`)
      await prepare(
        'Node 24 was not installed; npm says why above. Or: apt-get install libatomic1',
        program,
        args,
        { cwd: folder }
      )
    }
  }
  rmSync(link, { force: true })
  symlinkSync(other, link)
}

/**
 * Installs what is missing: the demo's part, or all. Once all is there, the demo's part takes nothing away.
 *
 * @param {'demo' | 'all'} part
 */
export async function install(part = 'all') {
  const demo = part === 'demo' && (existsSync(onlyDemo) || !existsSync(join(root, 'node_modules')))
  const [program, ...args] = pnpm()
  // The root's `dependencies` are what the demo's build needs, its `devDependencies` what everything else does.
  const filter = ['--prod', '--filter=dockerflow-workspace...', '--filter=@dockerflow/demo...']
  args.push('install', '--frozen-lockfile', ...(demo ? filter : []))
  if (!process.stderr.isTTY) args.push('--reporter=append-only')
  environment.pnpm_config_confirm_modules_purge = 'false'
  await prepare(
    "the dependencies can't be installed; the reason is above. Without a network, check npm's registry and proxy: npm config list",
    program,
    args
  )
  if (demo) writeFileSync(onlyDemo, '')
  else rmSync(onlyDemo, { force: true })
  await replaceNode()
}

/** Runs a script's main function: its exit code is the process's, and an Advice is one line. */
export async function main(script) {
  const [major] = process.versions.node.split('.').map(Number)
  try {
    if (major < 20) {
      throw new Advice(
        `Node ${process.version} is too old to start with: install Node 20 or later, from https://nodejs.org`
      )
    }
    process.exitCode = await script()
  } catch (err) {
    if (!(err instanceof Advice)) throw err
    say(err.message)
    process.exitCode = 1
  }
}
