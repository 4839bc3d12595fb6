import { type ExecFileException, execFile, spawn } from 'node:child_process'
import { randomUUID } from 'node:crypto'
import { once } from 'node:events'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { cleanEnvironment } from '@dockerflow/testing/docker-plugins'
import { startRegistry } from '@dockerflow/testing/docker-registry'
import { freePort, without } from '@dockerflow/testing/programs'
import { root } from '@dockerflow/testing/root'
import { type Test, test } from 'tap'
import { inspect } from '../src/container.ts'
import { docker, requireEngine } from '../src/engine.ts'
import { backingServices, Stack } from '../src/stack.ts'

const skip = without('make', 'docker-registry')

/** Runs make; resolves with what it printed, and rejects with that and the exit code. */
const make = (env: NodeJS.ProcessEnv, ...args: string[]) =>
  promisify(execFile)('make', ['--no-print-directory', ...args], { cwd: root, env, timeout: 300_000 })

/** Runs make with something on its stdin; resolves with what it printed to stdout. */
async function pipe(env: NodeJS.ProcessEnv, target: string, stdin: string): Promise<string> {
  const running = make(env, '--silent', target)
  running.child.stdin?.end(stdin)
  return (await running).stdout
}

test('make builds, starts, shows, enters, starts again and ends the service', { skip }, async (t) => {
  await requireEngine()
  const version = {
    source: 'https://git.example.org/demo',
    version: '1.2.3',
    commit: '0123456789abcdef0123456789abcdef01234567',
    build: 'https://ci.example.org/jobs/7'
  }
  const image = `dockerflow-test-${randomUUID()}`
  const metadata = join(t.testdir(), 'metadata.json')
  const settings = {
    ...(await backingServices(t)),
    DOCKER_IMAGE: image,
    DOCKER_SOURCE: version.source,
    DOCKER_VERSION: version.version,
    DOCKER_COMMIT: version.commit,
    DOCKER_BUILD: version.build,
    DOCKER_METADATA_FILE: metadata,
    DOCKER_PROGRESS: 'plain',
    SOURCE_DATE_EPOCH: '1700000000'
  }
  t.teardown(() => docker('image', 'rm', '--force', image))
  const stack = new Stack(t, settings)
  const env = { ...cleanEnvironment(), ...settings, COMPOSE_PROJECT_NAME: stack.project, PORT: '0' }
  const id = async () => (await stack.inspect('app')).Id

  await t.test('build', async (t) => {
    await make(env, 'build')
    const { app } = JSON.parse(readFileSync(metadata, 'utf8'))
    const { Id, Created } = await inspect(image)
    t.equal(app['containerimage.config.digest'], Id)
    t.equal(Date.parse(Created), 1_700_000_000_000, 'the time of the commit, not that of the build')
  })

  await t.test('up, ps and version', async (t) => {
    await make(env, 'up')
    t.equal((await stack.heartbeat()).status, 200)
    t.equal((await stack.inspect('app')).Image, (await inspect(image)).Id, 'it is what was built')
    t.match((await make(env, 'ps')).stdout, new RegExp(`${stack.project}-app-1 .*\\(healthy\\)`))
    t.strictSame(await (await stack.get('/__version__')).json(), version)
    t.strictSame(JSON.parse((await make(env, '--silent', 'version')).stdout), version)
  })

  await t.test('up again starts nothing that did not change', async (t) => {
    const before = await id()
    await make(env, 'up')
    t.equal(await id(), before)
  })

  await t.test('shell takes commands from a terminal, or from stdin', async (t) => {
    t.equal(await pipe(env, 'shell', 'id -un\npwd\n'), 'app\n/app\n')
  })

  await t.test('repl has the app loaded', async (t) => {
    t.match(await pipe(env, 'repl', "(await app.inject('/__heartbeat__')).statusCode\n"), /^demo> 200$/m)
  })

  await t.test('logs, until it is interrupted', async (t) => {
    // As a terminal's Ctrl-C: it reaches make and all that it started.
    const logs = spawn('make', ['--silent', 'logs', 'ARGS=--tail=100'], { cwd: root, env, detached: true })
    const end = setTimeout(() => process.kill(-(logs.pid as number), 'SIGKILL'), 30_000)
    let text = ''
    for await (const chunk of logs.stdout) {
      text += chunk
      if (text.includes('"app.start"')) break
    }
    clearTimeout(end)
    process.kill(-(logs.pid as number), 'SIGINT')
    if (logs.exitCode === null && logs.signalCode === null) await once(logs, 'exit')
    t.match(text, /"Type":"app\.start"/)
  })

  await t.test('restart starts the same container again', async (t) => {
    const { Id, State } = await stack.inspect('app')
    await make(env, 'restart')
    const after = await stack.inspect('app')
    t.equal(after.Id, Id)
    t.ok(after.State.StartedAt > State.StartedAt)
  })

  await t.test('rebuild builds the image, and starts all of it anew', async (t) => {
    const services = ['app', 'postgres', 'redis', 'statsd']
    const ids = () => Promise.all(services.map(async (service) => (await stack.inspect(service)).Id))
    const before = await ids()
    await make({ ...env, DOCKER_VERSION: '1.2.4' }, 'rebuild')
    const after = await ids()
    for (const [i, service] of services.entries()) t.not(after[i], before[i], service)
    t.match(await (await stack.get('/__version__')).json(), { version: '1.2.4' })
  })

  await t.test('down ends all, and keeps the data unless told otherwise', async (t) => {
    const volumes = await stack.volumes()
    await make(env, 'down')
    t.equal(await stack.compose('ps', '--all', '--quiet'), '')
    t.equal(JSON.parse((await docker('volume', 'inspect', ...volumes)).stdout).length, 3)
    await make(env, 'down', 'ARGS=--volumes')
    for (const name of volumes)
      await t.rejects(docker('volume', 'inspect', name), { message: /no such volume/i })
  })
})

test('make up-dev runs the sources of this working copy, as who works on it', { skip }, async (t) => {
  await requireEngine()
  const image = `dockerflow-test-${randomUUID()}`
  const settings = { ...(await backingServices(t)), DOCKER_IMAGE: image, HOST_UID: '1234', HOST_GID: '567' }
  t.teardown(() => docker('image', 'rm', '--force', `${image}:dev`))
  const stack = new Stack(t, settings)
  const env = { ...cleanEnvironment(), ...settings, COMPOSE_PROJECT_NAME: stack.project, PORT: '0' }
  await make(env, 'up-dev')
  t.equal((await stack.heartbeat()).status, 200)
  t.equal(await pipe(env, 'shell', 'echo "$(id -u):$(id -g)"\n'), '1234:567\n')
  const source = await pipe(env, 'shell', 'cat /app/apps/demo/src/app.ts')
  t.equal(source, readFileSync(join(root, 'apps/demo/src/app.ts'), 'utf8'))
})

test('make build pushes with DOCKER_PUSH, and writes the digest that the registry has', {
  skip
}, async (t) => {
  await requireEngine()
  const image = `${await startRegistry(t, join(t.testdir(), 'registry'))}/demo`
  const metadata = join(t.testdirName, 'metadata.json')
  t.teardown(() => docker('image', 'rm', '--force', image))
  const settings = {
    DIRTY: '1',
    DOCKER_IMAGE: image,
    DOCKER_METADATA_FILE: metadata,
    DOCKER_PUSH: 'true',
    DOCKER_SOURCE: 'https://git.example.org/demo',
    DOCKER_BUILD: 'https://ci.example.org/jobs/7'
  }
  await make({ ...cleanEnvironment(), ...settings }, 'build')
  const { app } = JSON.parse(readFileSync(metadata, 'utf8'))
  // This working copy may have changes.
  const tag = app['image.name'].replace(/.*:/, '')
  const res = await fetch(`http://${image.replace('/', '/v2/')}/manifests/${tag}`, {
    method: 'HEAD',
    headers: { accept: 'application/vnd.docker.distribution.manifest.v2+json' }
  })
  t.equal(res.status, 200)
  t.equal(app['containerimage.digest'], res.headers.get('docker-content-digest'))
})

/** What make printed to stderr, less its own lines. */
async function complaint(t: Test, env: Record<string, string>, ...args: string[]): Promise<string> {
  const err: ExecFileException = await make({ ...cleanEnvironment(), ...env }, ...args).then(
    () => t.fail(`make ${args.join(' ')} does not fail`),
    (err) => err
  )
  return (err.stderr ?? '').replace(/^make(\[\d\])?: \*\*\* .*\n/gm, '')
}

test('where no engine answers, make says so in one line', { skip }, async (t) => {
  const DOCKER_HOST = `tcp://127.0.0.1:${await freePort()}`
  for (const target of [
    'build',
    'up',
    'up-dev',
    'down',
    'rebuild',
    'restart',
    'shell',
    'logs',
    'ps',
    'version'
  ])
    t.match(
      await complaint(t, { DOCKER_HOST }, target),
      /^.*Cannot connect to the Docker daemon.*\n$/,
      target
    )
})

test("the clone's URL says on the web where the source is: no secret, no path of this machine", {
  skip
}, async (t) => {
  const web = 'https://git.example.org/team/demo'
  const remotes: [remote: string, source: string][] = [
    ['https://user:secret@git.example.org/team/demo.git', web],
    ['https://git.example.org:8443/team/demo.git/', 'https://git.example.org:8443/team/demo'],
    ['git@git.example.org:team/demo.git', web],
    ['ssh://git@git.example.org:2222/team/demo.git', web],
    ['git://git.example.org/team/demo', web],
    ['/home/user/demo', '""'],
    ['../demo.git', '""']
  ]
  for (const [remote, source] of remotes) {
    const config = {
      GIT_CONFIG_COUNT: '1',
      GIT_CONFIG_KEY_0: 'remote.origin.url',
      GIT_CONFIG_VALUE_0: remote
    }
    const { stdout } = await make({ ...cleanEnvironment(), ...config }, 'config')
    t.match(stdout, `SOURCE: ${source}\n`, remote)
    t.notMatch(stdout, 'secret')
  }
})
