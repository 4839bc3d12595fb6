import { execFileSync } from 'node:child_process'
import { randomUUID } from 'node:crypto'
import { appendFileSync, cpSync } from 'node:fs'
import { join } from 'node:path'
import { after, bailout, before, test } from 'tap'
import { inspect } from '../src/container.ts'
import { docker, requireEngine, root } from '../src/engine.ts'

const image = `dockerflow-test-build:${randomUUID()}`
const identity = {
  SOURCE: 'https://git.example.org/demo',
  VERSION: '1.2.3',
  COMMIT: '0123456789abcdef0123456789abcdef01234567',
  BUILD: 'https://ci.example.org/jobs/7'
}

/** Builds the image; resolves with the builder's own account of it. Rejects as `docker()` does. */
async function build(args: Record<string, string>, ...options: string[]): Promise<string> {
  const buildArgs = Object.entries(args).map(([name, value]) => `--build-arg=${name}=${value}`)
  const context = options.at(-1)?.startsWith('/') ? (options.pop() as string) : root
  const file = `--file=${join(context, 'docker/Dockerfile')}`
  const { stdout, stderr } = await docker(
    'build',
    '--progress=plain',
    file,
    `--tag=${image}`,
    ...buildArgs,
    ...options,
    context
  )
  return stdout + stderr
}

before(async () => {
  await requireEngine().catch((err) => bailout(err.message))
})
after(() => docker('image', 'rm', '--force', image))

test('two builds of one commit give one digest of each layer, and one configuration', async (t) => {
  await build(identity)
  const first = await inspect(image)
  await build(identity, '--no-cache')
  const second = await inspect(image)
  t.ok(first.RootFS.Layers.length > 3)
  t.strictSame(second.RootFS, first.RootFS)
  t.strictSame(second.Config, first.Config)
})

test('a changed source line compiles the app again, and installs nothing', async (t) => {
  const context = t.testdir()
  const files = execFileSync('git', ['ls-files', '--cached', '--others', '--exclude-standard', '-z'], {
    cwd: root,
    encoding: 'utf8'
  })
  for (const path of files.split('\0').filter(Boolean)) cpSync(join(root, path), join(context, path))
  await build(identity, context)
  appendFileSync(join(context, 'apps/demo/src/server.ts'), `// ${randomUUID()}\n`)
  const log = await build(identity, context)
  /** Whether the cache had what the step did. */
  const cached = (step: RegExp) => {
    const number = log
      .split('\n')
      .find((line) => step.test(line))
      ?.match(/^#\d+/)?.[0]
    return new RegExp(`^${number} CACHED$`, 'm').test(log)
  }
  t.ok(cached(/^#\d+ \[deps .* pnpm install/), 'the dependencies')
  t.ok(cached(/^#\d+ \[system .* apt-get/), "Debian's packages")
  t.ok(cached(/^#\d+ \[programs .* cp /), 'Node')
  t.notOk(cached(/^#\d+ \[build .* build$/), 'the app')
})

test('a release without a commit is refused, and told why', async (t) => {
  const error = await build({ ...identity, COMMIT: '', RELEASE: '1' }, '--target=version').catch((err) => err)
  t.not(error.code, undefined)
  t.match(error.stderr, /commit.*40 hex digits/)
})

test('a secret for a registry is in no layer', async (t) => {
  const npmrc = join(t.testdir({ npmrc: '//packages.example.org/:_authToken=a-token-of-mine\n' }), 'npmrc')
  const log = await build(identity, '--target=build', `--secret=id=npmrc,src=${npmrc}`)
  t.notMatch(log, /a-token-of-mine/)
  const { stdout } = await docker(
    'run',
    '--rm',
    image,
    'sh',
    '-c',
    'find /root /app -maxdepth 1 -name .npmrc -size +0'
  )
  t.equal(stdout, '')
})
