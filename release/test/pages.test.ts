// Every README and guide with code, followed to the letter: installed as it says, type-checked and run.
import { spawnSync } from 'node:child_process'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import tap, { test } from 'tap'
import { follow, installTools } from '../src/follow.ts'
import { installers } from '../src/installers.ts'
import { startProject } from '../src/journey.ts'
import { installNodes } from '../src/nodes.ts'
import { root } from '../src/packages.ts'
import { pages, readPage } from '../src/pages.ts'
import { run } from '../src/programs.ts'
import { publishAll } from '../src/publish.ts'
import { startRegistry } from '../src/registry.ts'
import { serve } from '../src/service.ts'

const work = await mkdtemp(join(tmpdir(), 'dockerflow-pages-'))
tap.teardown(() => rm(work, { recursive: true, force: true }))
const registry = await startRegistry(work)
tap.teardown(() => registry.close())
const { env } = registry
await publishAll(registry, work)
const tsc = await installTools(registry, work)

tap.jobs = 2
const [npm, pnpm, ...yarns] = installers(registry, work)
follow(
  pages(),
  [npm, pnpm].flatMap((installer) => installer ?? []),
  tsc,
  work
)
// What a package may import is strictest with yarn: the first example, and what is on the pages beside it.
const first = ['README.md', 'plugins/all/README.md', 'docs/guides/service-authors.md']
follow(first.map(readPage), yarns, tsc, work)

test('docs/guides/nestjs.md, in a project as `nest new` makes it', { buffered: true }, async (t) => {
  const project = await startProject(registry, join(work, 'nest'), {})
  await project.type('npm install @nestjs/common @nestjs/core reflect-metadata rxjs')
  await project.follow(readPage('docs/guides/nestjs.md'))
  const compilerOptions = {
    module: 'nodenext',
    target: 'es2023',
    types: ['node'],
    strict: true,
    skipLibCheck: true,
    emitDecoratorMetadata: true,
    experimentalDecorators: true,
    rootDir: 'src',
    outDir: 'dist'
  }
  await writeFile(
    join(project.folder, 'tsconfig.json'),
    JSON.stringify({ compilerOptions, include: ['src'] })
  )
  await run(tsc, [], { cwd: project.folder })
  const service = await serve(process.execPath, 'dist/main.js', project.folder)
  const response = await fetch(service.url, { headers: { connection: 'close' } })
  t.equal(await response.text(), 'hello')
  t.strictSame(await service.stop(), [0, null])
})

test('with a Node that is too old each command is one line that says what to install, and so is npm start', async (t) => {
  const [old] = await installNodes(join(work, 'old'), env, [18])
  // Without tap's hooks, which it can't load either.
  const execute = (...args: string[]) =>
    spawnSync('env', ['-u', 'NODE_OPTIONS', `${old?.program}`, ...args], { encoding: 'utf8' })
  const start = execute(join(root, 'scripts/start.js'))
  t.match(start, {
    status: 1,
    stdout: '',
    stderr: /^Node v18\S+ is too old to start with: install Node 20 or later, .*\n$/
  })
  const { folder, type } = await startProject(registry, join(work, 'commands'), {})
  await type('npm install dockerflow create-dockerflow')
  for (const [file, name] of [
    ['create-dockerflow/bin/create-dockerflow.js', 'create-dockerflow'],
    ['dockerflow/bin/dockerflow.js', 'dockerflow'],
    ['@dockerflow/version/bin/dockerflow-version.js', 'dockerflow-version'],
    ['@dockerflow/mozlog/bin/mozlog-pretty.js', 'mozlog-pretty']
  ]) {
    const command = join(folder, 'node_modules', `${file}`)
    const { status, stdout, stderr } = execute(command, '--help')
    t.strictSame(
      [status, stdout, stderr],
      [
        1,
        '',
        `${name}: Node ${old?.version} is too old: install Node 22.18 or later, from https://nodejs.org\n`
      ]
    )
  }
})
