import { randomUUID } from 'node:crypto'
import { appendFileSync, mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { root } from '@dockerflow/testing/root'
import { after, bailout, before, test } from 'tap'
import { clone } from '../src/clone.ts'
import { Container, inspect } from '../src/container.ts'
import { type BuildArguments, docker, print, requireEngine, requireImage } from '../src/engine.ts'
import { entriesOf } from '../src/layers.ts'

const dockerfile = join(root, 'docker/Dockerfile')
const image = `dockerflow-test-build:${randomUUID()}`
const identity = {
  SOURCE: 'https://git.example.org/demo',
  VERSION: '1.2.3',
  COMMIT: '0123456789abcdef0123456789abcdef01234567',
  BUILD: 'https://ci.example.org/jobs/7',
  SOURCE_DATE_EPOCH: '1700000000'
}

/** Builds the image from `context`; resolves with the builder's own account of it. Rejects as `docker()` does. */
async function build(context: string, args: BuildArguments, ...options: string[]): Promise<string> {
  const buildArgs = Object.entries(args).map(([name, value]) => `--build-arg=${name}=${value}`)
  const file = `--file=${join(context, 'docker/Dockerfile')}`
  const flags = ['--progress=plain', file, `--tag=${image}`, ...buildArgs, ...options]
  const { stdout, stderr } = await docker('build', ...flags, context)
  return stdout + stderr
}

before(async () => {
  await requireEngine().catch((err) => bailout(err.message))
})
after(() => docker('image', 'rm', '--force', image))

test('two builds of one commit, from two clones and no cache, give the same layers, but for the time of deletions', async (t) => {
  const folder = t.testdir({ context: {} })
  const context = join(folder, 'context')
  clone(context, 0o700) // nothing is readable for those who run the image
  await build(root, identity)
  const first = await inspect(image)
  // The first layer above the base deletes what no service needs. A deletion has the time of the build.
  const node = /^ARG NODE_IMAGE=(\S+)$/m.exec(readFileSync(dockerfile, 'utf8'))?.[1] ?? ''
  await requireImage(node)
  const base = await inspect(node)
  const deletions = base.RootFS.Layers.length
  const deleted = await entriesOf(image, deletions, folder)
  await build(context, identity, '--no-cache')
  const second = await inspect(image)
  t.ok(first.RootFS.Layers.length > deletions + 3)
  t.strictSame(second.RootFS.Layers.toSpliced(deletions, 1), first.RootFS.Layers.toSpliced(deletions, 1))
  t.strictSame(await entriesOf(image, deletions, folder), deleted)
  t.ok(deleted.includes('usr/local/lib/.wh.node_modules'))
  t.strictSame(second.Config, first.Config)
  const engine = await print('version', '--format={{.Server.Version}}')
  if (Number.parseInt(engine, 10) < 23) {
    t.comment(`Docker ${engine} knows no SOURCE_DATE_EPOCH: compared were the layers and the configuration`)
    return
  }
  t.equal(second.Created, '2023-11-14T22:13:20Z', "the commit's time")
})

test("on Debian's own image, with Node added, it is the same app", async (t) => {
  const debian = `${image}-debian`
  t.teardown(() => docker('image', 'rm', '--force', debian))
  await build(root, identity)
  const official = await inspect(image)
  await build(root, identity, '--build-arg=RUNTIME_IMAGE=debian:bookworm-slim', `--tag=${debian}`)
  const { Config, RootFS } = await inspect(debian)
  t.strictSame(RootFS.Layers.slice(-3), official.RootFS.Layers.slice(-3), 'the layers of the app, by content')
  for (const key of ['User', 'Entrypoint', 'Cmd', 'WorkingDir', 'StopSignal', 'Healthcheck'])
    t.strictSame(Config[key], official.Config[key], key)
  const container = await Container.start(t, debian)
  t.match(await container.sh('node --version; id -u'), /^v\d+.*\n10001$/)
  t.equal((await fetch(`${container.url}/__heartbeat__`)).status, 200)
})

test('a changed source line compiles the app again, and installs nothing', async (t) => {
  const context = t.testdir()
  clone(context)
  await build(context, identity)
  appendFileSync(join(context, 'apps/demo/src/server.ts'), `// ${randomUUID()}\n`)
  const start = performance.now()
  const log = await build(context, identity)
  t.comment(`built again in ${((performance.now() - start) / 1000).toFixed(1)} s`)
  /** Whether the cache had what the step did. */
  const cached = (step: RegExp) => {
    const number = log
      .split('\n')
      .find((line) => step.test(line))
      ?.match(/^#\d+/)?.[0]
    return new RegExp(`^${number} CACHED$`, 'm').test(log)
  }
  t.ok(cached(/^#\d+ \[deps .* build dependencies/), 'the dependencies')
  t.ok(cached(/^#\d+ \[production .* --from=deps/), 'their layer')
  t.ok(cached(/^#\d+ \[system .* apt-get/), "Debian's packages")
  t.ok(cached(/^#\d+ \[programs .* touch /), 'Node')
  t.notOk(cached(/^#\d+ \[build .* build app$/), 'the app')
})

test('secrets of a working copy, and what is installed in it, go into no build', async (t) => {
  const folder = t.testdir({ Dockerfile: 'FROM scratch\nCOPY . /\n' })
  const [context, output] = [join(folder, 'context'), join(folder, 'output')]
  clone(context)
  /** What goes into a build. */
  const sent = async () => {
    await docker('build', `--file=${join(folder, 'Dockerfile')}`, `--output=${output}`, context)
    return readdirSync(output, { recursive: true, encoding: 'utf8' }).sort()
  }
  const expected = await sent()
  t.ok(expected.includes('docker/bin/start'))
  const folders = expected.filter((path) => statSync(join(output, path)).isDirectory())
  for (const path of ['', ...folders]) {
    for (const name of ['.env', '.env.local', '.npmrc', '.git/config', 'node_modules/private/index.js']) {
      const file = join(context, path, name)
      mkdirSync(dirname(file), { recursive: true })
      writeFileSync(file, 'secret')
    }
  }
  t.strictSame(await sent(), expected)
})

test('a release that does not say what it was built from is refused, in one line that says why', async (t) => {
  const blank: [name: keyof BuildArguments, reason: string][] = [
    ['SOURCE', 'source "" must be an http(s) URL'],
    ['VERSION', 'version "" must be a version, neither blank nor a placeholder'],
    ['COMMIT', 'commit "" must be 40 hex digits, not all of them 0'],
    ['BUILD', 'build "" must be an http(s) URL']
  ]
  for (const [name, reason] of blank) {
    const args = { ...identity, [name]: '', RELEASE: '1' }
    const error = await build(root, args, '--target=version').catch((err) => err)
    t.equal(error.code, 1, name)
    // Once as it comes; later builders say it once more at the end.
    const lines = `${error.stdout}${error.stderr}`.split('\n').filter((line) => line.includes('no release'))
    t.not(lines.length, 0)
    for (const line of lines) t.match(line, `dockerflow-version: no release: ${reason}`)
  }
})
