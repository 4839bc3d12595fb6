// Images of services as `npm create dockerflow` writes them: one with each package manager.
import { execFile } from 'node:child_process'
import { randomUUID } from 'node:crypto'
import { appendFileSync, globSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { delimiter, join } from 'node:path'
import { promisify } from 'node:util'
import { root } from '@dockerflow/testing/root'
import { before, test } from 'tap'
import { Container, inspect } from '../src/container.ts'
import { docker, requireEngine } from '../src/engine.ts'
import { startNpmRegistry } from '../src/npm-registry.ts'

const execute = promisify(execFile)
const run = async (command: string, args: string[], cwd: string, env: Record<string, string> = {}) =>
  (await execute(command, args, { cwd, env: { ...process.env, ...env }, maxBuffer: 2 ** 26 })).stdout

const dockerfile = join(root, 'packages/create-dockerflow/template/Dockerfile')

const services = [
  ['npm', 'typescript', 'sqlite'],
  ['pnpm', 'javascript', 'none'],
  ['yarn', 'typescript', 'none']
] as const

before(requireEngine)

test('a service that was created is built, runs and complies', async (t) => {
  const folder = t.testdir({ registry: {}, packed: {} })
  const { url, token } = await startNpmRegistry(t, join(folder, 'registry'), ['@dockerflow'], '$all')
  const npmrc = join(folder, 'npmrc')
  writeFileSync(npmrc, `registry=${url}\n${url.replace('http:', '')}:_authToken=${token}\n`)
  const env = {
    NPM_CONFIG_USERCONFIG: npmrc,
    // `npm run` hands on the registry of your own .npmrc, and the environment counts for more than that file.
    npm_config_registry: url,
    // npx would take what it has of that name and version.
    npm_config_cache: join(folder, 'npm'),
    pnpm_config_userconfig: npmrc,
    pnpm_config_minimum_release_age: '0',
    pnpm_config_pm_on_fail: 'ignore',
    YARN_NPM_REGISTRY_SERVER: url,
    YARN_UNSAFE_HTTP_WHITELIST: '127.0.0.1',
    YARN_NPM_MINIMAL_AGE_GATE: '0',
    YARN_GLOBAL_FOLDER: join(folder, 'yarn'),
    PATH: [
      join(root, 'packages/create-dockerflow/node_modules/.bin'),
      join(root, 'node_modules/.bin'),
      process.env.PATH
    ].join(delimiter)
  }
  await run(process.execPath, [join(root, 'release/src/pack-all.ts'), join(folder, 'packed')], root)
  for (const archive of globSync(join(folder, 'packed/*.tgz')))
    await run('npm', ['publish', archive], folder, env)

  // As the official image, but that yarn takes what is new, and without TLS.
  const base = `dockerflow-test-create:base-${randomUUID()}`
  const [, official = ''] = /^ARG NODE_IMAGE=(.+)$/m.exec(readFileSync(dockerfile, 'utf8')) ?? []
  mkdirSync(join(folder, 'base'))
  writeFileSync(
    join(folder, 'base/Dockerfile'),
    `FROM ${official}\nENV YARN_NPM_MINIMAL_AGE_GATE=0 YARN_UNSAFE_HTTP_WHITELIST=127.0.0.1\n`
  )
  await docker('build', `--tag=${base}`, join(folder, 'base'))
  t.teardown(() => docker('image', 'rm', '--force', base))

  for (const [manager, language, database] of services) {
    await t.test(`${manager}, ${language}, ${database}`, async (t) => {
      const name = `shop-${manager}`
      const flags = ['--package-manager', manager, '--language', language, '--database', database]
      await run('npm', ['create', '--yes', 'dockerflow', '--', name, ...flags], folder, env)
      // What was published a moment ago is not too new in the image either.
      if (manager === 'pnpm')
        appendFileSync(join(folder, name, 'pnpm-workspace.yaml'), 'minimumReleaseAge: 0\n')
      const image = `dockerflow-test-create:${manager}-${randomUUID()}`
      const args = [
        `NODE_IMAGE=${base}`,
        'SOURCE=https://git.example.org/shop',
        'VERSION=v1.2.3',
        `COMMIT=${'a'.repeat(40)}`,
        'BUILD=https://ci.example.org/jobs/7'
      ]
      await run(
        'docker',
        [
          'build',
          '--network=host',
          `--secret=id=npmrc,src=${npmrc}`,
          ...args.flatMap((argument) => ['--build-arg', argument]),
          '--tag',
          image,
          '.'
        ],
        join(folder, name),
        { ...env, DOCKER_BUILDKIT: '1' }
      )
      t.teardown(() => docker('image', 'rm', '--force', image))
      t.match((await inspect(image)).Config, { User: 'app', Entrypoint: ['tini', '--'], Cmd: ['node', '.'] })

      const container = await Container.start(t, image, '--tmpfs=/tmp')
      t.match(await (await fetch(`${container.url}/__version__`)).json(), { version: 'v1.2.3' })
      t.equal((await fetch(`${container.url}/__heartbeat__`)).status, 200)
      t.equal((await fetch(container.url)).status, 200)
      t.equal(await container.sh('command -v npm; ls node_modules | grep -E "^typescript$"; true'), '')
      const { stdout } = await execute(
        process.execPath,
        [join(root, 'packages/dockerflow/bin/dockerflow.js'), 'check', container.url, '--profile', 'strict'],
        { cwd: folder }
      )
      t.match(stdout, /pass/i)
      await docker('stop', container.id)
      t.match((await inspect(container.id)).State, { ExitCode: 0 })
    })
  }
})
