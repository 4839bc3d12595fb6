// Every README and guide with code, followed to the letter: installed as it says, type-checked and run.
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import tap, { test } from 'tap'
import { follow, installTools } from '../src/follow.ts'
import { installers } from '../src/installers.ts'
import { startProject } from '../src/journey.ts'
import { pages, readPage } from '../src/pages.ts'
import { run } from '../src/programs.ts'
import { publishAll } from '../src/publish.ts'
import { startRegistry } from '../src/registry.ts'
import { serve } from '../src/service.ts'

const work = await mkdtemp(join(tmpdir(), 'dockerflow-pages-'))
tap.teardown(() => rm(work, { recursive: true, force: true }))
const registry = await startRegistry(work)
tap.teardown(() => registry.close())
await publishAll(registry, work)
const tsc = await installTools(registry, work)

tap.jobs = 2
follow(pages(), installers(registry, work).slice(0, 2), tsc, work)

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
