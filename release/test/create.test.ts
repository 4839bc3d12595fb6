// `npm create dockerflow` from a registry: each combination of language, package manager and database, by pairs.
import { existsSync, readFileSync } from 'node:fs'
import { cp, mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { delimiter, join } from 'node:path'
import tap, { test } from 'tap'
import { root } from '../src/packages.ts'
import { run } from '../src/programs.ts'
import { publishAll } from '../src/publish.ts'
import { startRegistry } from '../src/registry.ts'
import { serve } from '../src/service.ts'

const work = await mkdtemp(join(tmpdir(), 'dockerflow-create-'))
tap.teardown(() => rm(work, { recursive: true, force: true }))
const registry = await startRegistry(work)
tap.teardown(() => registry.close())
await publishAll(registry, work)

const env: NodeJS.ProcessEnv = {
  ...registry.env,
  // All that isn't ours is of the cache, where it has been installed before.
  npm_config_prefer_online: 'false',
  npm_config_prefer_offline: 'true',
  // pnpm and yarn are those of the workspace.
  PATH: [join(root, 'release/node_modules/.bin'), join(root, 'node_modules/.bin'), process.env.PATH].join(
    delimiter
  ),
  YARN_NPM_REGISTRY_SERVER: registry.url,
  YARN_UNSAFE_HTTP_WHITELIST: '127.0.0.1',
  YARN_ENABLE_TELEMETRY: '0',
  YARN_GLOBAL_FOLDER: join(work, 'yarn'),
  // What was published a moment ago is not too new.
  YARN_NPM_MINIMAL_AGE_GATE: '0'
}
const create = (args: string[], cwd = work) =>
  run('npm', ['create', '--yes', 'dockerflow', '--', ...args], { cwd, env })

const managers = ['npm', 'pnpm', 'yarn']
const databases = ['sqlite', 'postgres', 'mysql', 'none']
const languages = ['typescript', 'javascript']
// Each manager with each database; the languages in turn, so that each comes with each manager and each database.
const rows = managers.flatMap((manager, i) =>
  databases.map((database, j) => ({
    manager,
    database,
    language: languages[(i + j) % 2] as string,
    redis: (i + j) % 3 === 0
  }))
)

test('the rows have each pair', async (t) => {
  const pairs = new Set(
    rows.flatMap(({ manager, database, language }) => [
      `${manager} ${database}`,
      `${manager} ${language}`,
      `${database} ${language}`
    ])
  )
  t.equal(
    pairs.size,
    managers.length * databases.length + (managers.length + databases.length) * languages.length
  )
})

for (const { manager, database, language, redis } of rows) {
  test(`${language}, ${database}${redis ? ', Redis' : ''}, with ${manager}`, async (t) => {
    const name = [manager, database, language].join('-')
    const flags = ['--language', language, '--database', database, '--package-manager', manager]
    const out = await create([name, ...flags, ...(redis ? ['--redis'] : [])])
    t.match(out, `$ ${manager} install`)
    t.match(out, /^\S* ?fail 0$/m, 'its tests pass')
    t.match(out, `$ ${manager} run check`)
    t.match(out, '\nNext:\n')
    const folder = join(work, name)
    const { dependencies } = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8'))
    const { version } = JSON.parse(readFileSync(join(root, 'plugins/all/package.json'), 'utf8'))
    t.equal(dependencies['@dockerflow/all'], version, 'it is pinned to what was published')
  })
}

test('it is compiled, serves, and answers the three endpoints', async (t) => {
  const folder = join(work, 'npm-sqlite-typescript')
  await run('npm', ['run', 'build'], { cwd: folder, env })
  const service = await serve(process.execPath, '.', folder)
  t.teardown(() => service.stop())
  for (const [path, status] of [
    ['/__lbheartbeat__', 200],
    ['/__heartbeat__', 200],
    ['/__version__', 404],
    ['/', 200]
  ] as const)
    t.equal((await fetch(service.url + path, { headers: { connection: 'close' } })).status, status, path)
})

test('the package that is installed has no workflow to name, since it is of no repository on GitHub', async (t) => {
  const out = await create([
    'registry',
    '--no-install',
    '--registry',
    'europe-west1-docker.pkg.dev/my-project/containers'
  ])
  const manifest = JSON.parse(await readFile(join(root, 'packages/create-dockerflow/package.json'), 'utf8'))
  t.notOk(manifest.gitHead, 'only packing adds it')
  if (process.env.GITHUB_SERVER_URL === 'https://github.com')
    t.ok(existsSync(join(work, 'registry/.github/workflows/container.yml')))
  else t.match(out, 'no workflow: this package names no repository and commit')
})

test('dockerflow init makes a service comply that has none of it', async (t) => {
  const folder = join(work, 'commonjs')
  await cp(join(root, 'packages/create-dockerflow/test/fixtures/commonjs'), folder, { recursive: true })
  const out = await run('npx', ['--yes', 'dockerflow', 'init'], { cwd: folder, env })
  t.match(out, 'add Dockerfile')
  t.match(out, /^\S* ?fail 0$/m, 'its tests still pass')
  const service = await serve(process.execPath, 'index.js', folder)
  t.equal((await fetch(`${service.url}/__lbheartbeat__`, { headers: { connection: 'close' } })).status, 200)
  await service.stop()
  await mkdir(join(work, 'empty'))
  await writeFile(join(work, 'empty/package.json'), '{}')
  await t.rejects(
    run('npx', ['--yes', 'dockerflow', 'init'], { cwd: join(work, 'empty'), env }),
    /this service isn't Fastify/
  )
})
