import { spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, mkdirSync, readdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import { setTimeout as sleep } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { withoutMount } from '@dockerflow/testing/programs'
import { type Test, test } from 'tap'
import { createCommand } from '../src/create-command.ts'
import { Interrupted } from '../src/proof.ts'
import { testTerminal } from './terminal.ts'

// The package manager that runs these tests is none of their business.
delete process.env.npm_config_user_agent

const cli = fileURLToPath(new URL('../src/cli.ts', import.meta.url))
const bin = fileURLToPath(new URL('../bin/create-dockerflow.js', import.meta.url))
const manifest = JSON.parse(readFileSync(new URL('../package.json', import.meta.url), 'utf8'))

async function run(args: string[], cwd: string, program = cli) {
  const child = spawn(process.execPath, [program, ...args], {
    cwd,
    timeout: 60_000,
    stdio: ['ignore', 'pipe', 'pipe']
  })
  const [out, err, [code]] = await Promise.all([text(child.stdout), text(child.stderr), once(child, 'close')])
  return { out, err, code }
}

const readJson = (path: string) => JSON.parse(readFileSync(path, 'utf8'))

/** A folder with a program `npm` of a few lines: the release's rehearsal runs the real one. */
function withNpm(t: Test, script: string): string {
  const folder = t.testdir({ bin: {}, work: {} })
  writeFileSync(join(folder, 'bin/npm'), `#!/bin/sh\n${script}\n`, { mode: 0o755 })
  const { PATH } = process.env
  process.env.PATH = `${join(folder, 'bin')}:${PATH}`
  t.teardown(() => {
    process.env.PATH = PATH
  })
  return join(folder, 'work')
}

test('--help and --version', async (t) => {
  const cwd = t.testdir()
  const help = await run(['--help'], cwd)
  t.match(help.out, /^usage: npm create dockerflow/)
  t.strictSame([help.err, help.code], ['', 0])
  for (const flag of [
    'name',
    'language',
    'package-manager',
    'database',
    'redis',
    'warn',
    'registry',
    'kubernetes',
    'yes',
    'dry-run',
    'no-install',
    'force'
  ])
    t.match(help.out, `--${flag}`)
  t.strictSame(await run(['--version'], cwd), { out: `${manifest.version}\n`, err: '', code: 0 })
  t.match((await run(['--help'], cwd, bin)).out, /^usage: /, 'the command of the package runs what is built')
})

test('without a terminal it asks nothing, and what no flag says has its default', async (t) => {
  const cwd = t.testdir()
  const { out, err, code } = await run(['shop', '--no-install'], cwd)
  t.strictSame([err, code], ['', 0])
  const { name, main, scripts, dependencies } = readJson(join(cwd, 'shop/package.json'))
  t.strictSame([name, main], ['shop', 'dist/server.js'])
  t.match(scripts, { build: /^tsc/ })
  t.notOk(dependencies.pg ?? dependencies.ioredis)
  for (const version of Object.values(dependencies)) t.match(version, /^\d+\.\d+\.\d+$/, 'pinned')
  t.match(readFileSync(join(cwd, 'shop/src/database.ts'), 'utf8'), 'node:sqlite')
  t.notOk(existsSync(join(cwd, 'shop/kubernetes')))
  t.match(out, '\nNext:\n  cd shop\n  npm install\n  npm run dev\n')
})

test('--yes takes the default name, too', async (t) => {
  const cwd = t.testdir()
  const { terminal, err } = testTerminal(cwd, {})
  t.equal(await createCommand(['--yes', '--no-install'], terminal), 0)
  t.strictSame(err, [])
  t.strictSame(readdirSync(cwd), ['my-service'])
})

test('wrong usage is one line with what was expected, exit code 2, and nothing written', async (t) => {
  for (const [args, message] of [
    [[], /^say which folder to create, such as `npm create dockerflow my-service`, or --yes/],
    [['shop', '--no-such-flag'], /--no-such-flag/],
    [['shop', '--name'], /--name/],
    [['a', 'b'], /^one folder at most, not also "b"/],
    [[''], /^the folder has an empty name/],
    [
      ['My Shop'],
      /^npm refuses the name "My Shop": a name has no capital letters; give another, such as --name my-shop/
    ],
    [['shop', '--name', '.x'], /^npm refuses the name "\.x"/],
    [['shop', '--language', 'coffee'], /^--language is one of typescript, javascript, not "coffee"/],
    [['shop', '--database', 'oracle'], /^--database is one of sqlite, postgres, mysql, none, not "oracle"/],
    [['shop', '--package-manager', 'bun'], /^--package-manager is one of npm, pnpm, yarn, not "bun"/],
    [['shop', '--registry', 'gcr.io/x'], /^--registry is none, or a repository of images/],
    [['shop', '--warn', 'redis'], /^--warn is none, or some of database, not "redis"/],
    [
      ['shop', '--database', 'none', '--warn', 'x'],
      /^--warn is none: the service depends on nothing, not "x"/
    ]
  ] as [string[], RegExp][]) {
    const cwd = t.testdir()
    const { terminal, err } = testTerminal(cwd)
    t.equal(await createCommand([...args, '--no-install'], terminal), 2, args.join(' '))
    t.equal(err.length, 1)
    t.match(err[0], /^create-dockerflow: .*; see create-dockerflow --help$/)
    t.match(err[0]?.slice('create-dockerflow: '.length), message)
    t.strictSame(readdirSync(cwd), [])
  }
})

test('a folder that is not empty is left alone, without --force', async (t) => {
  const cwd = t.testdir({ shop: { 'package.json': 'theirs', other: 'other' }, file: '' })
  const { terminal, err } = testTerminal(cwd)
  t.equal(await createCommand(['shop', '--no-install'], terminal), 1)
  t.match(err.pop(), /^create-dockerflow: shop is not empty: .*npx dockerflow init.*--force/)
  t.strictSame(readdirSync(join(cwd, 'shop')).sort(), ['other', 'package.json'])
  t.equal(await createCommand(['file', '--no-install'], terminal), 1)
  t.match(err.pop(), /file is a file; choose another name$/)
  symlinkSync('loop', join(cwd, 'loop'))
  t.equal(await createCommand(['loop', '--no-install'], terminal), 1)
  t.match(err.pop(), /loop: it can't be read \(ELOOP\)$/)
  t.equal(await createCommand(['shop', '--no-install', '--force'], terminal), 0)
  t.equal(readJson(join(cwd, 'shop/package.json')).name, 'shop')
  t.equal(readFileSync(join(cwd, 'shop/other'), 'utf8'), 'other')
})

test('the folder may be this one, and an empty one', async (t) => {
  const cwd = join(t.testdir({ 'tea-shop': {} }), 'tea-shop')
  const { terminal, out } = testTerminal(cwd)
  t.equal(await createCommand(['.', '--no-install'], terminal), 0)
  t.equal(readJson(join(cwd, 'package.json')).name, 'tea-shop')
  t.notOk(out.some((line) => line.includes('cd ')))
  t.notOk(readdirSync(cwd).some((name) => name.startsWith('.tea-shop')))
})

test('a scope is part of the name, and not of the folder', async (t) => {
  const cwd = t.testdir()
  const { terminal } = testTerminal(cwd)
  t.equal(await createCommand(['--name', '@acme/shop', '--no-install'], terminal), 0)
  t.equal(readJson(join(cwd, 'shop/package.json')).name, '@acme/shop')
  t.match(readFileSync(join(cwd, 'shop/src/app.ts'), 'utf8'), "logger: 'shop'")
})

test('--dry-run writes nothing, and prints what it would write', async (t) => {
  const cwd = t.testdir()
  const { terminal, out } = testTerminal(cwd)
  t.equal(await createCommand(['shop', '--dry-run'], terminal), 0)
  t.ok(out.includes('would write shop/Dockerfile'))
  t.strictSame(readdirSync(cwd), [])
})

test('a folder that may not be written to is one line', {
  skip: process.platform !== 'linux' && 'needs /sys'
}, async (t) => {
  const { terminal, err } = testTerminal('/sys')
  t.equal(await createCommand(['shop', '--no-install'], terminal), 1)
  t.match(err, [/^create-dockerflow: .*shop: no permission to write there; nothing was written$/])
})

const small = ['unshare', '--mount', '--map-root-user', 'sh', '-c']
test('a full disk is one line, and nothing is left', { skip: withoutMount() }, async (t) => {
  const cwd = t.testdir({ disk: {} })
  const script = `mount -t tmpfs -o size=16k none disk && cd disk && "$0" "$1" shop --no-install; echo "code $?"; ls -A`
  const { stdout, stderr } = spawnSync('unshare', [...small.slice(1), script, process.execPath, cli], {
    cwd,
    encoding: 'utf8'
  })
  t.equal(
    stderr,
    `create-dockerflow: ${join(cwd, 'disk/shop')}: no space is left on the disk; nothing was written\n`
  )
  t.equal(stdout, 'code 1\n')
})

test('a person is asked five questions', async (t) => {
  const cwd = t.testdir()
  const asked: string[] = []
  const replies: Record<string, string | boolean> = {
    'Which folder, and name?': 'shop',
    'Which database?': 'postgres',
    'Redis?': 'fails',
    'Push the image to Artifact Registry?': 'europe-west1-docker.pkg.dev/my-project/containers',
    'Manifests for Kubernetes?': true
  }
  const reply = async (message: string) => {
    const [question = '', answer] = Object.entries(replies).find(([start]) => message.startsWith(start)) ?? []
    asked.push(question)
    return answer as never
  }
  const text = async (message: string, initial: string, fault: (value: string) => string | undefined) => {
    t.equal(fault(initial), undefined, 'the default is taken')
    t.type(fault('?'), 'string')
    return reply(message)
  }
  const { terminal, out } = testTerminal(cwd, { text, choose: reply, confirm: reply })
  t.equal(await createCommand(['--no-install'], terminal), 0)
  t.strictSame(asked, Object.keys(replies))
  t.match(readFileSync(join(cwd, 'shop/src/redis.ts'), 'utf8'), 'redisCheck(client),')
  t.match(readFileSync(join(cwd, 'shop/src/database.ts'), 'utf8'), 'new pg.Pool')
  t.match(readFileSync(join(cwd, 'shop/scripts/setup-gcp.sh'), 'utf8'), 'REGION=europe-west1\n')
  t.ok(existsSync(join(cwd, 'shop/kubernetes/deployment.yaml')))
  t.match(out.join('\n'), 'no workflow: this package names no repository and commit')
  t.match(out.join('\n'), 'Next:\n  cd shop\n  npm install\n  docker compose up --build')
})

test('what a flag says is not asked', async (t) => {
  const { terminal, err } = testTerminal(t.testdir(), {})
  const flags = ['--database', 'mysql', '--redis', '--registry', 'none', '--no-kubernetes', '--warn', 'none']
  t.equal(await createCommand(['shop', '--no-install', ...flags], terminal), 0, err.join('\n'))
})

test('a question that is interrupted writes nothing, and is exit code 130', async (t) => {
  const cwd = t.testdir()
  const choose = async () => {
    throw new Interrupted()
  }
  const { terminal, err } = testTerminal(cwd, { choose })
  t.equal(await createCommand(['shop'], terminal), 130)
  t.strictSame(err, ['create-dockerflow: interrupted'])
  t.strictSame(readdirSync(cwd), [])
})

const pty = process.platform !== 'linux' && 'needs the command script of Linux'
test('on a terminal it asks, and Ctrl+C leaves nothing', { skip: pty }, async (t) => {
  const cwd = t.testdir()
  const command = `stty cols 80 rows 24; "${process.execPath}" "${cli}"`
  const child = spawn('script', ['--quiet', '--return', '--command', command, '/dev/null'], {
    cwd,
    timeout: 60_000
  })
  let out = ''
  let isPressed = false
  for await (const chunk of child.stdout) {
    out += chunk
    if (!out.includes('Which folder, and name?') || isPressed) continue
    isPressed = true
    child.stdin.write('\u0003')
  }
  t.match(out, 'create-dockerflow: interrupted')
  t.equal(child.exitCode ?? (await once(child, 'exit'))[0], 130)
  t.strictSame(readdirSync(cwd), [])
})

test('it installs, tests and checks with the package manager that runs it', async (t) => {
  const cwd = withNpm(t, 'echo "$PWD: $@" >>../calls')
  const { terminal, out } = testTerminal(cwd, undefined, {
    npm_config_user_agent: 'npm/11.5.1 node/v26.10.0'
  })
  t.equal(await createCommand(['shop'], terminal), 0)
  t.equal(
    readFileSync(join(cwd, 'calls'), 'utf8').replaceAll(`${cwd}/`, ''),
    'shop: install\nshop: test\nshop: run check\n'
  )
  t.match(
    out.join('\n'),
    /\$ npm install\n.*\$ npm test\n.*\$ npm run check\n.*\nNext:\n {2}cd shop\n {2}npm run dev\n {2}docker/s
  )
})

test('a step that fails is named, and its files stay', async (t) => {
  const cwd = withNpm(t, '[ "$1" != test ]')
  const { terminal, err } = testTerminal(cwd, undefined, { npm_config_user_agent: 'npm/11.5.1' })
  t.equal(await createCommand(['shop'], terminal), 1)
  t.strictSame(err, ['create-dockerflow: `npm test` failed; the files are written'])
  t.ok(existsSync(join(cwd, 'shop/package.json')))
})

test('a package manager that is not installed is one line, before anything is written', async (t) => {
  const cwd = withNpm(t, '')
  process.env.PATH = join(cwd, '../bin')
  const { terminal, err } = testTerminal(cwd)
  t.equal(await createCommand(['shop', '--package-manager', 'yarn'], terminal), 1)
  t.strictSame(err, [
    'create-dockerflow: yarn is not installed: install it, or choose another --package-manager'
  ])
  t.strictSame(readdirSync(cwd), [])
  // Nothing is run, so nothing is needed: the version is that of the template.
  t.equal(await createCommand(['shop', '--package-manager', 'yarn', '--no-install'], terminal), 0)
  t.match(readJson(join(cwd, 'shop/package.json')).packageManager, /^yarn@4\./)
})

for (const signal of ['SIGINT', 'SIGTERM'] as const) {
  test(`${signal} while it installs ends the install, and removes what it had begun`, async (t) => {
    const cwd = withNpm(t, '[ "$1" = --version ] && echo 11.5.1 || { mkdir node_modules; exec sleep 60; }')
    const child = spawn(process.execPath, [cli, 'shop'], { cwd, stdio: ['ignore', 'ignore', 'pipe'] })
    const err = text(child.stderr)
    while (!existsSync(join(cwd, 'shop/node_modules'))) await sleep(20)
    child.kill(signal)
    t.strictSame(await once(child, 'close'), [130, null])
    t.equal(await err, 'create-dockerflow: interrupted; the files are written; go on with `npm install`\n')
    t.ok(existsSync(join(cwd, 'shop/package.json')))
    t.notOk(existsSync(join(cwd, 'shop/node_modules')))
  })
}

test('node_modules that were there stay at an interrupt', async (t) => {
  const cwd = withNpm(t, '[ "$1" = --version ] && echo 11.5.1 || { touch begun; exec sleep 60; }')
  mkdirSync(join(cwd, 'shop/node_modules/theirs'), { recursive: true })
  const child = spawn(process.execPath, [cli, 'shop', '--force'], { cwd, stdio: 'ignore' })
  while (!existsSync(join(cwd, 'shop/begun'))) await sleep(20)
  child.kill('SIGINT')
  await once(child, 'close')
  t.ok(existsSync(join(cwd, 'shop/node_modules/theirs')))
})

test('a fault of this program is not hidden', async (t) => {
  const { terminal } = testTerminal(t.testdir(), {
    choose: async () => {
      throw new TypeError('a fault')
    }
  })
  await t.rejects(createCommand(['shop'], terminal), { message: 'a fault' })
})
