import { globSync } from 'node:fs'
import { cp, mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import tap, { test } from 'tap'
import { exportedNames } from '../src/api.ts'
import { exampleOf, hasExample, importsOf, pathOf, toCommonJs } from '../src/examples.ts'
import { installNodes } from '../src/nodes.ts'
import { catalogRange, publicPackages, readManifest, root } from '../src/packages.ts'
import { run } from '../src/programs.ts'
import { publishAll } from '../src/publish.ts'
import { startRegistry } from '../src/registry.ts'
import { serve } from '../src/service.ts'

const work = await mkdtemp(join(tmpdir(), 'dockerflow-publish-'))
tap.teardown(() => rm(work, { recursive: true, force: true }))
const registry = await startRegistry(work)
tap.teardown(() => registry.close())

const { env } = registry
const packages = publicPackages()
const nodes = await installNodes(join(work, 'nodes'), env)

test('each public package is packed and published', async (t) => {
  await publishAll(registry, work)
  for (const { manifest } of packages) {
    const version = await run('npm', ['view', manifest.name, 'version'], { cwd: work, env })
    t.equal(version.trim(), manifest.version, manifest.name)
  }
})

test("a platform team's own package is built, tested and published with published packages alone", async (t) => {
  const folder = join(work, 'check-ledger')
  await cp(join(root, 'examples/internal-check'), folder, {
    recursive: true,
    filter: (path) => !/\/(?:node_modules|dist|package-lock\.json)$/.test(path)
  })
  await run('npm', ['install'], { cwd: folder, env })
  await run('npm', ['run', 'build'], { cwd: folder, env })
  t.match(await run('npm', ['test'], { cwd: folder, env }), /pass 5\n.*fail 0\n/s)
  await run('npm', ['publish'], { cwd: folder, env })
  const { name, version } = readManifest(join(folder, 'package.json'))
  t.equal((await run('npm', ['view', name, 'version'], { cwd: work, env })).trim(), version)
})

const flags =
  '--strict --exactOptionalPropertyTypes --module nodenext --target es2024 --types node --verbatimModuleSyntax --skipLibCheck false'.split(
    ' '
  )
const installed = [...packages.map(({ manifest }) => manifest.name), '@acme/check-ledger']

for (const installer of ['npm', 'pnpm']) {
  test(`in a fresh project, with ${installer}`, async (t) => {
    const project = join(work, installer)
    const examples: { name: string; path: string }[] = []
    const readme = (name: string) => readFile(join(project, 'node_modules', name, 'README.md'), 'utf8')

    t.test('they are installed', async (t) => {
      await mkdir(project)
      const latest = installed.map((name) => [name, 'latest'])
      const others = ['fastify', 'typescript', '@types/node', 'expect-type', 'pino', 'typebox'].flatMap(
        (name) => catalogRange(name) ?? []
      )
      const write = (more: string[][] = []) =>
        writeFile(
          join(project, 'package.json'),
          JSON.stringify({
            type: 'module',
            dependencies: Object.fromEntries([...latest, ...others, ...more])
          })
        )
      await write()
      await run(installer, ['install'], { cwd: project, env })
      // What the examples also need: a driver, such as pg.
      const named = (await Promise.all(installed.map(readme)))
        .filter(hasExample)
        .flatMap((text) => importsOf(exampleOf(text)))
      const missing = [...new Set(named)].filter((name) => name !== 'fastify' && !installed.includes(name))
      if (missing.length > 0) {
        await write(
          missing.flatMap((name) => [name, `@types/${name}`]).flatMap((name) => catalogRange(name) ?? [])
        )
        await run(installer, ['install', ...(installer === 'pnpm' ? ['--no-frozen-lockfile'] : [])], {
          cwd: project,
          env
        })
      }
      t.pass()
    })

    t.test("each README's example type-checks, the packages' own types too", async (t) => {
      for (const name of installed) {
        const text = await readme(name)
        if (!hasExample(text)) continue
        const file = name.replace(/\W+/g, '-').replace(/^-/, '')
        examples.push({ name: file, path: pathOf(text) })
        await writeFile(join(project, `${file}.ts`), exampleOf(text))
      }
      const flags = '--strict --module nodenext --target es2024 --types node --verbatimModuleSyntax'.split(
        ' '
      )
      const files = examples.map(({ name }) => `${name}.ts`)
      const tsc = join(project, 'node_modules/.bin/tsc')
      await run(tsc, [...flags, '--outDir', 'js', ...files], { cwd: project })
      await mkdir(join(project, 'cjs'))
      await writeFile(join(project, 'cjs/package.json'), '{"type":"commonjs"}')
      for (const { name } of examples) {
        const code = await readFile(join(project, 'js', `${name}.js`), 'utf8')
        t.match(code, /^import /m)
        const commonJs = toCommonJs(code)
        t.notMatch(commonJs, /^import /m)
        await writeFile(join(project, 'cjs', `${name}.js`), commonJs)
      }
    })

    t.test('each public type is what its type test says', async (t) => {
      await cp(join(root, 'release/types'), join(project, 'types'), { recursive: true })
      const files = globSync('types/*.ts', { cwd: project })
      for (const { folder, path } of packages) {
        const file = `types/${folder}.ts`
        if (!files.includes(file)) {
          t.comment(`there is no release/${file}`)
          continue
        }
        const named = new Set((await readFile(join(project, file), 'utf8')).match(/\w+/g))
        const missing = exportedNames(await readFile(join(path, 'api.md'), 'utf8')).filter(
          (name) => !named.has(name)
        )
        t.strictSame(missing, [], `${file} has each name`)
      }
      await run(join(project, 'node_modules/.bin/tsc'), [...flags, '--noEmit', ...files], { cwd: project })
    })

    for (const { program, version } of nodes) {
      t.test(`each README's example serves on Node ${version}`, async (t) => {
        for (const [flavour, file] of [
          ['TypeScript', (name: string) => `${name}.ts`],
          ['JavaScript with import', (name: string) => `js/${name}.js`],
          ['JavaScript with require', (name: string) => `cjs/${name}.js`]
        ] as const) {
          await Promise.all(
            examples.map(async ({ name, path }) => {
              const service = await serve(program, file(name), project)
              try {
                const response = await fetch(service.url + path, { headers: { connection: 'close' } })
                await response.text()
                t.not(response.status, 500, `${name} in ${flavour}: ${path} is ${response.status}`)
              } finally {
                await service.stop()
              }
            })
          )
        }
      })
    }
  })
}

test('a service without OpenTelemetry gets nothing of it, and serves', async (t) => {
  const folder = join(work, 'without-otel')
  await mkdir(folder)
  const dependencies = { '@dockerflow/all': 'latest', ...Object.fromEntries(catalogRange('fastify') ?? []) }
  await writeFile(join(folder, 'package.json'), JSON.stringify({ type: 'module', dependencies }))
  await cp(join(root, 'plugins/all/examples/server.ts'), join(folder, 'server.ts'))
  await run('npm', ['install'], { cwd: folder, env })
  t.strictSame(globSync('node_modules/{@opentelemetry/{sdk,instr}*,@*/otel}', { cwd: folder }), [])
  // prom-client brings the API. Nothing may load it: the service serves when it is gone.
  await rm(join(folder, 'node_modules/@opentelemetry'), { recursive: true, force: true })
  for (const { program, version } of nodes) {
    const service = await serve(program, 'server.ts', folder)
    const { status } = await fetch(service.url, { headers: { connection: 'close' } })
    t.equal(status, 200, version)
    await service.stop()
    t.notMatch(service.output(), /"trace_id"/, version)
  }
})

test('the example of OpenTelemetry installs as it is, and its lines name the trace', async (t) => {
  const folder = join(work, 'with-otel')
  await cp(join(root, 'examples/otel'), folder, {
    recursive: true,
    filter: (path) => !/node_modules/.test(path)
  })
  await run('npm', ['install'], { cwd: folder, env })
  const traceparent = '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01'
  for (const { program, version } of nodes) {
    const service = await serve(program, ['--import', './register.mjs', 'server.js'], folder)
    const ask = (path: string) =>
      fetch(service.url + path, { headers: { connection: 'close', traceparent } }).then(
        ({ status }) => status
      )
    t.equal(await ask('/carts/7'), 200, version)
    t.equal(await ask('/__lbheartbeat__'), 200, version)
    await service.stop()
    const lines = service.output().split('\n')
    for (const path of ['/carts/7', '/__lbheartbeat__']) {
      const summary = lines.find((line) => line.includes(`"path":"${path}"`)) ?? ''
      const isTraced = summary.includes('"trace_id":"0af7651916cd43dd8448eb211c80319c"')
      t.equal(isTraced, path === '/carts/7', `${path} on ${version}`)
    }
  }
})
