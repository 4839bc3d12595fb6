import { execFileSync, spawn } from 'node:child_process'
import { once } from 'node:events'
import {
  cpSync,
  existsSync,
  mkdtempSync,
  readFileSync,
  realpathSync,
  rmSync,
  symlinkSync,
  writeFileSync
} from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { check } from '@dockerflow/conformance'
import { PostgresServer, withoutPostgres } from '@dockerflow/testing/postgres'
import { freePort } from '@dockerflow/testing/programs'
import { type Test, test } from 'tap'
import { initCommand } from '../src/init-command.ts'
import { testTerminal } from './terminal.ts'

const modules = fileURLToPath(new URL('../node_modules', import.meta.url))
const git = (cwd: string, ...args: string[]) =>
  execFileSync('git', ['-c', 'user.name=a', '-c', 'user.email=a@example.org', ...args], {
    cwd,
    encoding: 'utf8'
  })

/** Runs a program without what tap puts into the environment of each process. */
function start(cwd: string, command: string, env: NodeJS.ProcessEnv = {}) {
  const path = `${dirname(process.execPath)}:${join(cwd, 'node_modules/.bin')}:${process.env.PATH}`
  return spawn('env', ['-u', 'NODE_OPTIONS', '-u', 'NODE_TEST_CONTEXT', 'sh', '-c', command], {
    cwd,
    env: { ...process.env, PATH: path, ...env },
    stdio: ['ignore', 'pipe', 'pipe']
  })
}

async function run(cwd: string, command: string) {
  const child = start(cwd, command)
  let out = ''
  for (const stream of [child.stdout, child.stderr])
    stream.on('data', (chunk) => {
      out += chunk
    })
  const [code] = await once(child, 'close')
  if (code !== 0) throw new Error(`${command}: ${code}\n${out}`)
}

/** A copy of a service, committed, with the workspace's dependencies. */
function copy(t: Test, fixture: string, path = '.') {
  const root = realpathSync(mkdtempSync(join(tmpdir(), 'dockerflow-init-')))
  t.teardown(() => rmSync(root, { recursive: true, force: true }))
  cpSync(fileURLToPath(new URL(`fixtures/${fixture}`, import.meta.url)), root, { recursive: true })
  git(root, 'init', '--quiet')
  git(root, 'add', '.')
  git(root, 'commit', '--quiet', '--message=first')
  const folder = join(root, path)
  symlinkSync(modules, join(folder, 'node_modules'))
  git(root, 'config', 'core.excludesFile', join(root, '.git/exclude'))
  execFileSync('sh', ['-c', `printf 'node_modules\\ndist\\n' >${join(root, '.git/exclude')}`])
  return folder
}

interface Answer {
  status: number
  body: string
}

/** What the endpoints of the running service answer. */
async function endpoints(cwd: string, command: string, port: number, env: NodeJS.ProcessEnv) {
  const child = start(cwd, `exec ${command}`, env)
  let out = ''
  for (const stream of [child.stdout, child.stderr])
    stream.on('data', (chunk) => {
      out += chunk
    })
  const exit = once(child, 'close')
  try {
    const ask = async (path: string): Promise<Answer> => {
      const response = await fetch(`http://127.0.0.1:${port}${path}`, { headers: { connection: 'close' } })
      return { status: response.status, body: await response.text() }
    }
    for (let attempt = 0; attempt < 600; attempt++) {
      if (child.exitCode !== null) throw new Error(`it ended with ${child.exitCode}:\n${out}`)
      const answer = await ask('/__lbheartbeat__').catch(() => undefined)
      if (answer)
        return {
          lbheartbeat: answer,
          version: await ask('/__version__'),
          heartbeat: await ask('/__heartbeat__')
        }
      await sleep(100)
    }
    throw new Error(`nothing answers:\n${out}`)
  } finally {
    child.kill('SIGTERM')
    await exit
  }
}

interface Service {
  /** Where in the fixture it is. */
  path?: string
  /** What starts it, as the image does. */
  start: string
  /** What builds it, before its tests. */
  build?: string
  /** The variable that has its port. */
  port?: string
  /** What else its environment has. */
  env?: NodeJS.ProcessEnv
  /** Which checks it gets; with a real PostgreSQL they are ok. */
  checks?: string[]
  /** What the diff shows, and files that are there afterwards. */
  shows: RegExp[]
  adds: string[]
}

const image = ['Dockerfile', '.dockerignore', 'compose.yaml', '.github/workflows/ci.yml']
const services: Record<string, Service> = {
  'fastify-cli': {
    start: 'node node_modules/fastify-cli/cli.js start --options app.js',
    shows: [/^\+const options = dockerflowServerOptions\(\{ logger: 'tea' \}\)$/m, /fastify start --options/],
    adds: ['plugins/dockerflow.js', ...image]
  },
  commonjs: {
    start: 'node index.js',
    checks: ['database'],
    shows: [
      /^\+ {2}const app = fastify\(dockerflowServerOptions\(\{ logger: "stock", bodyLimit: 65536 \}\)\);$/m
    ],
    adds: ['dockerflow.js', ...image]
  },
  monorepo: {
    path: 'packages/api',
    start: 'node src/main.ts',
    shows: [/^left alone Dockerfile: a package of a monorepo/m],
    adds: []
  },
  'own-dockerfile': {
    start: 'node server.js',
    shows: [/^left alone Dockerfile: it is yours$/m],
    adds: ['.github/workflows/ci.yml']
  },
  'postgres-auth': {
    start: 'node src/server.js',
    checks: ['database'],
    shows: [/^\+ {4}if \(req\.routeOptions\.config\.dockerflow\) return$/m],
    adds: ['src/dockerflow.js', ...image]
  },
  'own-pino': {
    start: 'node server.js',
    shows: [/^app\.js: the log isn't mozlog yet/m],
    adds: image
  },
  nest: {
    build: 'tsc -p tsconfig.json',
    start: 'node dist/main',
    shows: [/^\+ {2}await app\.register\(dockerflow\);$/m],
    adds: image
  },
  observatory: {
    start: 'node src/api/index.js',
    port: 'OBSERVATORY_API_PORT',
    // Nothing listens there: Sentry is on, and its reports are lost.
    env: { SENTRY_DSN: 'http://key@127.0.0.1:9/1' },
    checks: ['database'],
    shows: [/^\+ {2}server\.register\(dockerflow\);$/m],
    adds: ['src/api/dockerflow.js', ...image]
  }
}

for (const [fixture, service] of Object.entries(services)) {
  const { adds, build = 'true', checks = [], env, path, port: variable = 'PORT', shows, start } = service
  const skip = checks.length > 0 && withoutPostgres()
  test(`${fixture}: its tests still pass, the endpoints answer, and the check passes`, {
    skip
  }, async (t) => {
    const folder = copy(t, fixture, path)
    const { scripts } = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8'))
    await run(folder, `${build} && ${scripts.test}`)

    const { terminal, out, err } = testTerminal(folder)
    t.equal(await initCommand(['--no-install'], 'dockerflow init', ['true'], terminal), 0, err.join('\n'))
    const printed = out.join('\n')
    for (const pattern of shows) t.match(printed, pattern)
    for (const file of adds) t.ok(existsSync(join(folder, file)), file)
    t.notMatch(printed, /^warning/m)

    await run(folder, `${build} && ${scripts.test}`)
    const server = checks.length > 0 ? await PostgresServer.create() : undefined
    if (server) t.teardown(() => server.stop())
    const port = await freePort()
    const {
      hostname = '',
      port: at = '',
      username = '',
      password = '',
      pathname = ''
    } = server ? new URL(server.url) : {}
    const answers = await endpoints(folder, start, port, {
      ...env,
      [variable]: String(port),
      ...(server && {
        DATABASE_URL: server.url,
        PGHOST: hostname,
        PGPORT: at,
        PGUSER: username,
        PGPASSWORD: decodeURIComponent(password),
        PGDATABASE: pathname.slice(1)
      })
    })
    t.equal(answers.lbheartbeat.status, 200)
    // The image has the version file; this machine has none.
    t.match(answers.version, { status: 404, body: /^\{/ })
    t.equal(answers.heartbeat.status, 200, answers.heartbeat.body)
    t.strictSame(
      JSON.parse(answers.heartbeat.body).checks,
      Object.fromEntries(checks.map((name) => [name, 'ok']))
    )

    const { exitCode, report, unreadable } = await check({ targets: [path ? join(folder, '../..') : folder] })
    t.strictSame(unreadable, [])
    t.strictSame(
      report.results
        .filter(({ level, verdict }) => level === 'MUST' && verdict === 'fail')
        .map(({ id, message }) => [id, message]),
      []
    )
    t.equal(exitCode, 0)

    git(folder, 'add', '--all', '.')
    git(folder, 'commit', '--quiet', '--message=dockerflow')
    const again = testTerminal(folder)
    t.equal(await initCommand(['--no-install'], 'dockerflow init', ['true'], again.terminal), 0)
    t.equal(again.out[0], 'nothing to add or change')
    t.equal(git(folder, 'status', '--porcelain'), '', 'a second run changes nothing')
  })
}

test('a Dockerfile that is there is kept, and with --force replaced', async (t) => {
  const folder = copy(t, 'own-dockerfile')
  const file = join(folder, 'Dockerfile')
  const before = readFileSync(file, 'utf8')
  t.equal(await initCommand(['--no-install'], 'dockerflow init', ['true'], testTerminal(folder).terminal), 0)
  t.equal(readFileSync(file, 'utf8'), before)
  t.equal(
    await initCommand(
      ['--no-install', '--force'],
      'dockerflow init',
      ['true'],
      testTerminal(folder).terminal
    ),
    0
  )
  t.equal(
    readFileSync(file, 'utf8'),
    readFileSync(new URL('../template/Dockerfile', import.meta.url), 'utf8')
  )
})

test('--dry-run changes nothing, and shows what it would', async (t) => {
  const folder = copy(t, 'commonjs')
  const { terminal, out } = testTerminal(folder)
  t.equal(await initCommand(['--dry-run'], 'dockerflow init', ['true'], terminal), 0)
  t.match(out.join('\n'), /^would add Dockerfile$/m)
  t.equal(git(folder, 'status', '--porcelain'), '')
})

/** Puts an npm that does nothing before the one that is there. */
function withoutNpm(t: Test): string {
  const { PATH } = process.env
  const bin = t.testdir({ npm: '' })
  execFileSync('sh', [
    '-c',
    `printf '#!/bin/sh\\n[ "$1" != --version ] || echo 11.5.1\\n' >${bin}/npm; chmod +x ${bin}/npm`
  ])
  process.env.PATH = `${bin}:${PATH}`
  t.teardown(() => {
    process.env.PATH = PATH
  })
  return bin
}

test('it proves itself with install, tests and check', async (t) => {
  const folder = copy(t, 'own-pino')
  rmSync(join(folder, 'node_modules'))
  const { terminal, out } = testTerminal(folder)
  withoutNpm(t)
  t.equal(await initCommand([], 'dockerflow init', ['true', 'check'], terminal), 0)
  t.match(out.join('\n'), /\$ npm install\n.*\$ npm test\n.*\$ true check \.\n.*\nNext:\n {2}npm start\n/s)
  const failing = testTerminal(folder)
  t.equal(await initCommand([], 'dockerflow init', ['false'], failing.terminal), 1)
  t.match(failing.err, ['dockerflow init: `false .` failed; the files are written'])
})

test('a Dockerfile that is there and breaks rules is kept, and the check at the end says what it lacks', async (t) => {
  const folder = copy(t, 'own-dockerfile')
  rmSync(join(folder, 'node_modules'))
  const file = join(folder, 'Dockerfile')
  const bad = 'FROM node:26\nWORKDIR /srv\nCOPY . .\nRUN npm install\nCMD npm start\n'
  writeFileSync(file, bad)
  const report = join(withoutNpm(t), 'report')
  const command = fileURLToPath(new URL('../../conformance/test/fixtures/command.ts', import.meta.url))
  const check = `exec '${process.execPath}' '${command}' "$0" >'${report}'`
  const { terminal, err } = testTerminal(folder)
  t.equal(await initCommand([], 'dockerflow init', ['sh', '-c', check], terminal), 1)
  t.match(err.at(-1), /failed; the files are written$/)
  t.equal(readFileSync(file, 'utf8'), bad)
  const text = readFileSync(report, 'utf8')
  for (const lack of [/✗ IMG-1 .*\/app/, /✗ IMG-2 /, /✗ IMG-4 /, /✗ IMG-5 /, /where Dockerfile:5/, /fix {3}/])
    t.match(text, lack)
})

test('what depends on a person is asked, and what a flag says is not', async (t) => {
  const folder = copy(t, 'commonjs')
  const asked: string[] = []
  const { terminal, out } = testTerminal(folder, {
    chooseSome: async (message, options, initial) => {
      asked.push(message)
      t.strictSame([options, initial], [['database'], []])
      return ['database']
    },
    text: async (message) => {
      asked.push(message)
      return 'europe-west1-docker.pkg.dev/my-project/containers'
    },
    confirm: async (message) => {
      asked.push(message)
      return true
    }
  })
  t.equal(await initCommand(['--no-install'], 'dockerflow init', ['true'], terminal), 0)
  t.equal(asked.length, 3)
  t.match(readFileSync(join(folder, 'dockerflow.js'), 'utf8'), 'postgresCheck(pool, { level: 30 })')
  t.ok(existsSync(join(folder, 'kubernetes/deployment.yaml')))
  t.match(readFileSync(join(folder, 'scripts/setup-gcp.sh'), 'utf8'), 'APP=stock')
  t.match(out.join('\n'), 'no workflow: this package names no repository')
})

test('a folder that it does not work with is one line, exit code 1, and nothing written', async (t) => {
  const manifest = (dependencies: Record<string, string>) => ({
    'package.json': JSON.stringify({ name: 'a', dependencies })
  })
  for (const [files, message] of [
    [{}, /there is no package\.json here; for a new service, use `npm create dockerflow`$/],
    [{ 'package.json': '{ "name": ' }, /package\.json is broken: /],
    [{ 'package.json': '[]' }, /package\.json is broken: it is no object$/],
    [{ 'package.json': {} }, /package\.json can't be read \(EISDIR\)$/],
    [
      manifest({ express: '^5.0.0' }),
      /this service isn't Fastify: its package\.json has express, and no dependency fastify/
    ],
    [manifest({}), /this service isn't Fastify: its package\.json has no dependency fastify/],
    [
      manifest({ fastify: '^4.26.0' }),
      /this service has Fastify 4, and Dockerflow's plugins need Fastify 5: upgrade it first/
    ]
  ] as [Record<string, string | Record<string, string>>, RegExp][]) {
    const folder = t.testdir({ service: files, '.git': {} })
    const { terminal, err } = testTerminal(join(folder, 'service'))
    t.equal(await initCommand(['--no-install'], 'dockerflow init', ['true'], terminal), 1)
    t.equal(err.length, 1)
    t.match(err[0], message)
  }
})

test('wrong usage is exit code 2', async (t) => {
  const folder = copy(t, 'commonjs')
  for (const args of [
    ['--no-such-flag'],
    ['a', 'b'],
    ['--warn', 'kafka'],
    ['--registry', 'x'],
    ['--name', 'A B']
  ]) {
    const { terminal, err } = testTerminal(folder)
    t.equal(
      await initCommand([...args, '--no-install'], 'dockerflow init', ['true'], terminal),
      2,
      args.join(' ')
    )
    t.match(err[0], /^dockerflow init: .*; see dockerflow init --help$/)
  }
  t.equal(git(folder, 'status', '--porcelain'), '')
  const { terminal, out } = testTerminal(folder)
  t.equal(await initCommand(['--help'], 'dockerflow init', ['true'], terminal), 0)
  t.match(out[0], /^usage: dockerflow init/)
  t.equal(await initCommand(['--version'], 'dockerflow init', ['true'], terminal), 0)
})

test('changes that are not committed, and a folder without git, are a warning', async (t) => {
  const folder = copy(t, 'own-pino')
  execFileSync('sh', ['-c', 'echo >>app.js'], { cwd: folder })
  const changed = testTerminal(folder)
  t.equal(await initCommand(['--dry-run'], 'dockerflow init', ['true'], changed.terminal), 0)
  t.match(changed.out[0], /^warning: some changes are not committed/)
  rmSync(join(folder, '.git'), { recursive: true })
  const without = testTerminal(folder)
  t.equal(await initCommand(['--dry-run'], 'dockerflow init', ['true'], without.terminal), 0)
  t.match(without.out[0], /^warning: this isn't in a git repository/)
})
