// Users who follow the docs to the letter, each in an empty folder, with what a registry has. commonjs.test.ts has one more.
import { once } from 'node:events'
import { copyFile, cp, mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { freePort } from '@dockerflow/testing/programs'
import tap, { test } from 'tap'
import { installTools } from '../src/follow.ts'
import { projectIn, startProject } from '../src/journey.ts'
import { catalogRange, readManifest, root } from '../src/packages.ts'
import { readPage } from '../src/pages.ts'
import { run } from '../src/programs.ts'
import { publishAll } from '../src/publish.ts'
import { startRegistry } from '../src/registry.ts'
import { serve } from '../src/service.ts'

const work = await mkdtemp(join(tmpdir(), 'dockerflow-journeys-'))
tap.teardown(() => rm(work, { recursive: true, force: true }))
const registry = await startRegistry(work)
tap.teardown(() => registry.close())
const { env } = registry
await publishAll(registry, work)
const tsc = await installTools(registry, work)

const guide = (name: string) => readPage(`docs/guides/${name}.md`)
const get = (url: string) => fetch(url, { headers: { connection: 'close' } })
/** A compiler, where a project brings its own and no page says which. */
const compiler = ['typescript', '@types/node'].flatMap((name) => catalogRange(name) ?? [])
const typescript = { type: 'module', devDependencies: Object.fromEntries(compiler) }

test('fastify start, in TypeScript, in a project that its generator made', async (t) => {
  const [[, version] = ['', '']] = catalogRange('fastify-cli') ?? []
  const generate = `npm exec --yes --package "fastify-cli@${version}" -- fastify generate shop --lang=ts --esm`
  await projectIn(registry, work).type(generate)
  const project = projectIn(registry, join(work, 'shop'))
  await project.type('npm install')
  await project.follow(guide('fastify-cli'))
  const { scripts } = JSON.parse(await readFile(join(project.folder, 'package.json'), 'utf8'))
  await t.resolves(project.type(`${tsc} --noEmit --types node`), 'it type-checks')
  const start: string = scripts.start.replace('fastify start', 'start')
  // Only the port and the address differ from what the page says.
  const args = start
    .replace('8000', `${await freePort()}`)
    .replace('0.0.0.0', '127.0.0.1')
    .split(' ')
  const service = await serve('node_modules/.bin/fastify', args, project.folder)
  for (const path of ['/__lbheartbeat__', '/__heartbeat__', '/'])
    t.equal((await get(service.url + path)).status, 200, path)
  t.equal((await get(`${service.url}/__version__`)).status, 404, 'there is no version file')
  t.strictSame(await service.stop(), [0, null])
  t.ok(
    service
      .output()
      .trimEnd()
      .split('\n')
      .every((line) => JSON.parse(line).EnvVersion === '2.0'),
    'its log is mozlog alone'
  )
})

test('bundled by esbuild', async (t) => {
  const page = guide('bundling')
  const project = await startProject(registry, join(work, 'bundle'), { type: 'module' })
  await project.follow(page)
  await project.type('node build.js')
  // What the image has: the bundle alone, and the version file.
  const app = join(work, 'app')
  await mkdir(app)
  for (const file of ['server.mjs', 'server.mjs.map'])
    await copyFile(join(project.folder, 'dist', file), join(app, file))
  const version = JSON.stringify({ version: '1.2.3', commit: '8f1c5ff0a6cd2d1c1b2d9f9d2f7f6a34a1b0c9d8' })
  await writeFile(join(app, 'version.json'), version)
  const service = await serve(process.execPath, 'server.mjs', app, { VERSION_FILE: 'version.json' })
  t.equal(await (await get(`${service.url}/__version__`)).text(), version)
  for (const path of ['/__lbheartbeat__', '/__heartbeat__', '/'])
    t.equal((await get(service.url + path)).status, 200, path)
  t.strictSame(await service.stop(), [0, null])
  const lines = service
    .output()
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line))
  t.match(
    lines.find(({ Type }) => Type === 'app.start'),
    { Logger: 'shop' }
  )
  t.equal(lines.filter(({ Type }) => Type === 'request.summary').length, 4)
})

test("an image's author, up to the build", async (t) => {
  const project = await startProject(registry, join(work, 'image'), {
    ...typescript,
    main: 'dist/server.js',
    scripts: {
      build:
        'tsc --module nodenext --target es2024 --types node --skipLibCheck --rootDir src --outDir dist src/server.ts'
    }
  })
  const authors = guide('service-authors')
  await project.follow(authors)
  const server = authors.blocks.find(({ language }) => language === 'ts')?.code ?? ''
  await mkdir(join(project.folder, 'src'))
  await writeFile(join(project.folder, 'src/server.ts'), server)
  for (const [, file = ''] of (await readFile(join(root, 'docs/guides/image.md'), 'utf8')).matchAll(
    /^\d\. \*\*`([^`]+)`\*\*: copy \[this one\]/gm
  )) {
    await copyFile(join(root, 'packages/create-dockerflow/template', file), join(project.folder, file))
  }
  const ignored = await readFile(join(project.folder, '.dockerignore'), 'utf8')
  t.match(ignored, 'node_modules')
  await project.type('git init --quiet . && test -f package-lock.json')
  // What the Dockerfile runs, in its order.
  await project.type('rm -rf node_modules && npm ci && npm run build && npm prune --omit=dev')
  const service = await serve(process.execPath, '.', project.folder)
  t.equal((await get(`${service.url}/__lbheartbeat__`)).status, 200)
  t.strictSame(await service.stop(), [0, null])
  const output = await project.type('npx --yes dockerflow check . --format json')
  const fails = JSON.parse(output).results.filter(
    ({ level, verdict }: { level: string; verdict: string }) => level === 'MUST' && verdict === 'fail'
  )
  t.strictSame(fails, [], 'the Dockerfile complies')
})

const flags =
  '--strict --exactOptionalPropertyTypes --module nodenext --target es2024 --types node --verbatimModuleSyntax --skipLibCheck false'.split(
    ' '
  )

/** Builds, tests and publishes a package to copy, as its README says, in a folder of its own. */
async function publishExample(example: string): Promise<string> {
  const folder = join(work, example)
  await cp(join(root, 'examples', example), folder, {
    recursive: true,
    filter: (path) => !/\/(?:node_modules|dist|package-lock\.json)$/.test(path)
  })
  await run('npm', ['install'], { cwd: folder, env })
  await run('npm', ['run', 'build'], { cwd: folder, env })
  const output = await run('npm', ['test'], { cwd: folder, env })
  if (!/pass [1-9]\d*\n.*fail 0\n/s.test(output)) throw new Error(output)
  await run('npm', ['publish'], { cwd: folder, env })
  const { name } = readManifest(join(folder, 'package.json'))
  return name
}

test("a service installs a platform's plugin, with strict pnpm, and has its checks and errors beside its own", async (t) => {
  await publishExample('internal-check')
  await publishExample('platform-plugin')
  const { blocks, installs } = readPage('examples/platform-plugin/README.md')
  const folder = join(work, 'platform-service')
  await mkdir(folder)
  await writeFile(join(folder, 'package.json'), JSON.stringify({ private: true, type: 'module' }))
  const compiler = ['typescript', '@types/node'].flatMap((name) => catalogRange(name) ?? [])
  const tools = compiler.map(([name, range]) => `${name}@${range}`)
  await run('pnpm', ['add', ...installs, ...tools], { cwd: folder, env })
  const code = blocks.find(({ language }) => language === 'ts')?.code ?? ''
  // One more route, that fails.
  const failing = code.replace(
    /^ {2}app\.get/m,
    "  app.get('/broken', async () => {\n    throw new Error('secret')\n  })\n$&"
  )
  t.not(failing, code)
  await writeFile(join(folder, 'server.ts'), failing)
  await run('node_modules/.bin/tsc', [...flags, '--noEmit', 'server.ts'], { cwd: folder })

  const ledger = createServer((_request, response) => response.end('{"readOnly":false,"waiting":0}'))
  t.teardown(() => ledger.close())
  await once(ledger.listen(0, '127.0.0.1'), 'listening')
  const LEDGER_URL = `http://127.0.0.1:${(ledger.address() as AddressInfo).port}`
  const service = await serve(process.execPath, 'server.ts', folder, { LEDGER_URL })
  const get = async (path: string) =>
    (await fetch(service.url + path, { headers: { connection: 'close' } })).json()
  t.match(await get('/__heartbeat__'), { checks: { ledger: 'ok', stock: 'warning' } })
  t.match(await get('/broken'), { error: { code: 'INTERNAL', message: 'internal error', request: /./ } })
  t.strictSame(await service.stop(), [0, null])
})
