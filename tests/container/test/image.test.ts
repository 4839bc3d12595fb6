import { execFile } from 'node:child_process'
import { randomUUID } from 'node:crypto'
import { chmodSync } from 'node:fs'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { promisify } from 'node:util'
import { root } from '@dockerflow/testing/root'
import { Ajv } from 'ajv'
import formats from 'ajv-formats'
import { after, bailout, before, test } from 'tap'
import { Container, inspect } from '../src/container.ts'
import { build, confined, docker, print, requireEngine } from '../src/engine.ts'

// `make test-image` gives an image to test as it is, in place of one that is built here.
const given = process.env.DOCKER_IMAGE
const image = given || `dockerflow-test:${randomUUID()}`
let version = {
  source: 'https://git.example.org/demo',
  version: '1.2.3 "quoted" \'too\' $HOME\\n\nand a second line',
  commit: '0123456789abcdef0123456789abcdef01234567',
  build: 'https://ci.example.org/jobs/7'
}

before(async () => {
  try {
    await requireEngine()
    if (given) {
      version = JSON.parse(await print('run', '--rm', image, 'version'))
    } else {
      const { source: SOURCE, version: VERSION, commit: COMMIT, build: BUILD } = version
      await build(image, { SOURCE, VERSION, COMMIT, BUILD })
    }
  } catch (err) {
    bailout((err as Error).message)
  }
})
after(() => given || docker('image', 'rm', '--force', image))

const endpoints = ['/__version__', '/__heartbeat__', '/__lbheartbeat__']

// Dockerflow, Containerized App Requirements 2, 5, 6 and 8.
test('answers GET and HEAD on $PORT, from outside of the container', async (t) => {
  const { url } = await Container.start(t, image)
  for (const path of [...endpoints, '/']) {
    for (const method of ['GET', 'HEAD']) {
      const res = await fetch(url + path, { method })
      t.equal(res.status, 200, `${method} ${path}`)
      t.equal((await res.text()) === '', method === 'HEAD')
    }
  }
})

// Containerized App Requirements 3 and 4.
test('/__version__ is /app/version.json, byte for byte, and has what the build was given', async (t) => {
  const container = await Container.start(t, image)
  const file = Buffer.from(await container.sh('base64 /app/version.json'), 'base64')
  const res = await fetch(`${container.url}/__version__`)
  t.ok(file.equals(Buffer.from(await res.arrayBuffer())))
  t.strictSame(JSON.parse(file.toString()), version)
})

// Dockerfile requirements 1 to 5.
test('the image has the user app, an entry point, a command, and labels that say what version.json says', async (t) => {
  const { Config } = await inspect(image)
  t.equal(Config.User, 'app')
  t.equal(Config.WorkingDir, '/app')
  t.strictSame([...Config.Entrypoint, ...Config.Cmd], ['tini', '--', 'start'])
  t.equal(Config.StopSignal, 'SIGTERM')
  t.strictSame(Object.keys(Config.ExposedPorts), ['8000/tcp'])
  const label = (name: string) => Config.Labels[`org.opencontainers.image.${name}`]
  t.equal(label('source'), version.source)
  t.equal(label('version'), version.version)
  t.equal(label('revision'), version.commit)
})

test('runs as 10001:10001 without any capability, on a root that is read-only', async (t) => {
  const container = await Container.start(t, image)
  t.equal(await container.sh('id'), 'uid=10001(app) gid=10001(app) groups=10001(app)')
  const processes = (await container.sh('cat /proc/[0-9]*/status')).split(/^(?=Name:)/m)
  t.ok(processes.length >= 2, 'tini and the service')
  for (const status of processes) {
    t.match(status, /^Uid:(\s+10001){4}$/m)
    t.match(status, /^Gid:(\s+10001){4}$/m)
    for (const set of ['Inh', 'Prm', 'Eff', 'Bnd', 'Amb'])
      t.match(status, new RegExp(`^Cap${set}:\\s+0+$`, 'm'))
    t.match(status, /^NoNewPrivs:\s+1$/m)
  }
  t.match(
    await container.sh('touch /new /app/new 2>&1 || true'),
    /^(touch: .*: Read-only file system\n?){2}$/
  )
})

test('the user owns nothing and can write nothing below /app, even where the root is not read-only', async (t) => {
  const script = `
    find /app ! -user root -o ! -group root
    find /app -writable
    find /app -type f | while read -r file; do true 2>/dev/null >>"$file" && echo "wrote $file"; done
    find /app -type d | while read -r folder; do mkdir "$folder/new" 2>/dev/null && echo "made $folder/new"; done
    for file in /app/version.json /app/dist/server.js; do rm -f "$file" 2>/dev/null && echo "removed $file"; done
    true`
  const attempts = (user: string) =>
    print('run', '--rm', `--user=${user}`, '--entrypoint=sh', image, '-c', script)
  t.equal((await attempts('app')).slice(0, 1000), '')
  // The same script run as root lists everything, so it does see what can be written.
  const written = `${await attempts('root')}\n`
  for (const line of ['/app', 'wrote /app/version.json', 'made /app/new', 'removed /app/dist/server.js']) {
    t.ok(written.includes(`${line}\n`), line)
  }
})

test('what only a build needs is gone, no file lends rights, and the app has no binary of its own', async (t) => {
  const container = await Container.start(t, image)
  const left = await container.sh(`
    for program in npm npx corepack yarn docker-entrypoint.sh; do command -v "$program"; done
    ls -d /opt/yarn* /usr/local/include/node /usr/local/lib/node_modules 2>/dev/null
    find / -xdev -type f -perm /6000 2>/dev/null
    # Its layers are the same for each platform.
    find /app \\( -name '*.node' -o -name '*.so*' \\)
    true`)
  t.equal(left, '')
  t.match(await container.sh('node --version'), /^v\d+/)
})

// Optional Recommendations 2.
test('each line on stdout is valid mozlog, of which one is the summary of each request', async (t) => {
  const container = await Container.start(t, image)
  for (const path of [...endpoints, '/no-such-page', '/%ff%00?"\n']) {
    await fetch(container.url + path, { headers: { 'user-agent': 'test' } })
  }
  await docker('stop', container.id)
  const { stdout, stderr } = await container.logs()
  t.equal(stderr, '')
  const schema = await readFile(
    new URL('../../../plugins/mozlog/test/fixtures/mozlog.schema.json', import.meta.url),
    'utf8'
  )
  const ajv = formats.default(new Ajv({ allowUnionTypes: true }))
  const validate = ajv.compile(JSON.parse(schema))
  const records = stdout
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line))
  for (const record of records) t.ok(validate(record), ajv.errorsText(validate.errors), { record })
  const summaries = records.filter(
    ({ Type, Fields }) => Type === 'request.summary' && Fields.agent === 'test'
  )
  t.equal(summaries.length, 5)
})

// All that `dockerflow check` knows, the recommendations too.
test('complies by dockerflow check, profile strict, while it runs', { skip: Boolean(given) }, async (t) => {
  // The version of the other tests has a $HOME in it, as what nobody filled in would.
  const released = `dockerflow-test:${randomUUID()}`
  const { source: SOURCE, commit: COMMIT, build: BUILD } = version
  await build(released, { SOURCE, VERSION: '1.2.3', COMMIT, BUILD })
  t.teardown(() => docker('image', 'rm', '--force', released))
  const command = join(root, 'packages/dockerflow/bin/dockerflow.js')
  const args = [command, 'check', `docker://${released}`, '--run', '--profile=strict', '--format=json']
  const { stdout } = await promisify(execFile)(process.execPath, args, { maxBuffer: 2 ** 26 })
  const { results, summary } = JSON.parse(stdout)
  t.ok(summary.pass > 30)
  t.equal(summary.waived, 0)
  for (const id of ['APP-2', 'APP-2b', 'APP-4', 'APP-7', 'OPT-1', 'OPT-2', 'MOD-2', 'X-3', 'X-4', 'X-5'])
    t.ok(
      results.some(
        (result: { id: string; verdict: string }) => result.id === id && result.verdict === 'pass'
      ),
      id
    )
})

test('SIGTERM ends it with code 0, also while clients keep their connections', async (t) => {
  const container = await Container.start(t, image)
  for (const path of endpoints) await (await fetch(container.url + path)).text()
  // The engine's own clock, which need not be this machine's.
  const sent = Number(await container.sh('date +%s%3N'))
  await docker('kill', '--signal=SIGTERM', container.id)
  t.equal(await print('wait', container.id), '0')
  const { State } = await inspect(container.id)
  // It takes a fraction of a second; half of what a platform waits is no longer its own doing.
  t.ok(Date.parse(State.FinishedAt) - sent < 15_000, 'well before it would be killed', { sent, State })
})

test('a PORT that is no port ends it with code 1 and one line', async (t) => {
  const error = await docker('run', '--rm', ...confined, '--env=PORT=http', image).catch((err) => err)
  t.equal(error.code, 1)
  t.match(`${error.stdout}${error.stderr}`, /^.*PORT.*\n$/)
})

// Nothing the service could wait for: someone repairs it from outside.
test('a folder for its database that can not be written ends it with code 1 and one line that says why', async (t) => {
  const folder = t.testdir({ ours: {}, everybodys: {} })
  chmodSync(join(folder, 'everybodys'), 0o777)
  const [readOnly, denied] = ['EROFS: read-only file system', 'EACCES: permission denied']
  const cases: [path: string, options: string[], reason: string][] = [
    ['/tmp', ['--read-only'], readOnly],
    ['/data', [...confined, `--volume=${folder}/everybodys:/data:ro`], readOnly],
    ['/data', [...confined, `--volume=${folder}/ours:/data`], denied]
  ]
  for (const [path, options, reason] of cases) {
    const run = docker('run', '--rm', ...options, `--env=DATABASE_URL=sqlite:${path}/a/demo.db`, image)
    const error = await run.catch((err) => err)
    t.equal(error.code, 1)
    const line = `can't start: DATABASE_URL must name a file that can be opened: ${reason}, access '${path}'\n`
    t.equal(`${error.stdout}${error.stderr}`, line)
  }
})

test('a database that turns read-only shows in the heartbeat, and in one line of the log', async (t) => {
  const folder = t.testdir({ 'demo.db': '' })
  for (const path of [folder, join(folder, 'demo.db')]) chmodSync(path, 0o777)
  const options = [`--volume=${folder}:/data:ro`, '--env=DATABASE_URL=sqlite:/data/demo.db']
  const container = await Container.start(t, image, ...options)
  const res = await fetch(`${container.url}/__heartbeat__`)
  t.equal(res.status, 503)
  t.match(await res.text(), 'check failed: EROFS')
  t.equal((await fetch(`${container.url}/__lbheartbeat__`)).status, 200)
  const { stdout } = await container.logs()
  const reason = "EROFS: read-only file system, access '/data/demo.db'"
  t.equal(stdout.split('\n').filter((line) => line.includes(reason)).length, 1)
})

test('tini is process 1, and reaps what others leave behind', async (t) => {
  const container = await Container.start(t, image)
  t.equal(await container.sh('cat /proc/1/comm'), 'tini')
  // The inner shell ends before its child does, which becomes a child of process 1.
  await container.sh('sh -c "sleep 0.1 &"; sleep 1')
  t.notMatch(await container.sh('cat /proc/[0-9]*/status'), /^State:\s+Z/m)
})

test('is healthy while /__lbheartbeat__ answers', async (t) => {
  const container = await Container.start(t, image, '--health-interval=1s')
  await container.sh('healthcheck')
  await t.rejects(container.sh('PORT=1 healthcheck'), { code: 1 })
  let health = 'starting'
  for (const end = Date.now() + 30_000; health === 'starting' && Date.now() < end; await sleep(200)) {
    health = (await inspect(container.id)).State.Health.Status
  }
  t.equal(health, 'healthy')
})

test('a health check fails on any answer but 200, and needs no Node of its own', async (t) => {
  const container = await Container.start(t, image)
  // Less than Node can start with; what it takes is the service's.
  await container.sh('ulimit -v 65536; healthcheck')
  await t.rejects(container.sh('ulimit -v 65536; node --version'))
  for (const host of ['', '::', '127.0.0.1']) await container.sh(`HOST=${host} healthcheck`)
  const answering = (status: number) => `
    require('node:http').createServer((_, res) => res.writeHead(${status}).end()).listen(0, function () {
      const env = { ...process.env, PORT: this.address().port }
      require('node:child_process').spawn('healthcheck', { env }).on('exit', (code) => process.exit(code))
    })`
  await print('exec', container.id, 'node', '--eval', answering(200))
  await t.rejects(print('exec', container.id, 'node', '--eval', answering(503)), { code: 1 })
})

test('the commands of the image: start takes no privilege, version prints what /__version__ answers', async (t) => {
  const container = await Container.start(t, image)
  t.strictSame(JSON.parse(await container.sh('version')), version)
  t.equal(await (await fetch(`${container.url}/__version__`)).text(), `${await container.sh('version')}\n`)
  const error = await docker('exec', container.id, 'start').catch((err) => err)
  t.equal(error.code, 1)
  t.match(`${error.stdout}${error.stderr}`, /EADDRINUSE/, 'its port is in use')
  t.equal(`${error.stdout}${error.stderr}`.trimEnd().split('\n').length, 1, 'in one line')
})

test('no file lends the rights of its owner, and /mnt alone is writable, with its rooms', async (t) => {
  const sh = (user: string, script: string) =>
    print('run', '--rm', `--user=${user}`, '--entrypoint=sh', image, '-c', script)
  const rooms = ['/mnt', '/mnt/home', '/mnt/notifications', '/mnt/tmp'].join('\n')
  t.equal(await sh('root', 'find / -xdev -type f -perm /6000'), '')
  t.equal(await sh('app', 'find / -xdev -writable ! -type l 2>/dev/null | sort'), rooms)
})

test('the app is at most 25 MB over base and Node', async (t) => {
  const sh = (script: string) => print('run', '--rm', '--entrypoint=sh', '--user=root', image, '-c', script)
  const size = Number(await sh('du --summarize --bytes /app | cut -f 1'))
  t.ok(size > 1e6 && size < 25e6, `${size} bytes`)
  t.equal(await sh('find /app -name "*.map" -o -name "*.d.ts"'), '')
})

test('the image holds the compiled app and what it needs to run, and nothing of its making', async (t) => {
  const sh = (script: string) => print('run', '--rm', '--entrypoint=sh', '--user=root', image, '-c', script)
  t.equal(await sh('ls -Ax /app'), 'dist  node_modules  package.json  version.json')
  const names = [
    '.git',
    '.env',
    '.modules.yaml',
    '.pnpm-workspace-*',
    'pnpm-*.yaml',
    'lock.yaml',
    '.bin',
    'npm',
    'pnpm',
    'turbo',
    'tsc',
    'tap'
  ]
  t.equal(await sh(`find / -xdev ${names.map((name) => `-name '${name}'`).join(' -o ')}`), '')
  t.equal(await sh('grep -r file:/// /app --include=package.json || true'), '')
})

/** A package as pnpm lists it; those of the workspace have a path for a version. */
interface Listed {
  version: string
  path: string
  dependencies?: Record<string, Listed>
}

/** Each `name@version` below. */
async function* namesOf({ dependencies = {} }: Pick<Listed, 'dependencies'>): AsyncGenerator<string> {
  for (const [name, listed] of Object.entries(dependencies)) {
    const manifest =
      listed.version.startsWith('link:') && (await readFile(`${listed.path}/package.json`, 'utf8'))
    yield `${name}@${manifest ? JSON.parse(manifest).version : listed.version}`
    yield* namesOf(listed)
  }
}

test('the packages in the image are the production dependencies of the demo, and no other', async (t) => {
  const list = ['--filter=@dockerflow/demo', 'list', '--prod', '--no-optional', '--depth=Infinity', '--json']
  const { stdout } = await promisify(execFile)('pnpm', list, { cwd: root, maxBuffer: 64 * 1024 * 1024 })
  const expected = new Set<string>()
  for await (const name of namesOf(JSON.parse(stdout)[0])) expected.add(name)
  const script = `
    for (const path of fs.globSync('/**/node_modules/{*,@*/*}/package.json')) {
      const { name, version } = JSON.parse(fs.readFileSync(path))
      console.log(name + '@' + version)
    }`
  const found = new Set(
    (await print('run', '--rm', '--entrypoint=node', image, '--eval', script)).split('\n')
  )
  t.ok(found.size > 50)
  t.strictSame([...found].sort(), [...expected].sort())
})
