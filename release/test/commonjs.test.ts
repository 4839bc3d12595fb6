// A CommonJS user follows docs/guides/commonjs.md to the letter.
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import tap, { test } from 'tap'
import { root } from '../src/packages.ts'
import { blocksOf } from '../src/pages.ts'
import { run } from '../src/programs.ts'
import { publishAll } from '../src/publish.ts'
import { startRegistry } from '../src/registry.ts'
import { serve } from '../src/service.ts'

const work = await mkdtemp(join(tmpdir(), 'dockerflow-commonjs-'))
tap.teardown(() => rm(work, { recursive: true, force: true }))
const registry = await startRegistry(work)
tap.teardown(() => registry.close())
await publishAll(registry, work)

const page = await readFile(join(root, 'docs/guides/commonjs.md'), 'utf8')
const blocks = blocksOf(page)
const code = (language: string) =>
  blocks.filter((block) => block.language === language).map((block) => block.code)
const project = join(work, 'shop')

test('it installs what the page says, and its types are found by node10', async (t) => {
  await mkdir(join(project, 'src'), { recursive: true })
  await writeFile(join(project, 'package.json'), JSON.stringify({ name: 'shop', private: true }))
  for (const command of code('sh')) {
    const [npm = '', ...args] = command.trim().split(' ')
    await run(npm, args, { cwd: project, env: registry.env })
  }
  const [settings = ''] = code('json')
  const [config = ''] = code('js')
  const [app = '', server = '', suite = ''] = code('ts')
  const files = {
    'tsconfig.json': settings,
    'jest.config.js': config,
    'src/app.ts': app,
    'src/server.ts': server,
    'src/app.test.ts': suite
  }
  for (const [file, text] of Object.entries(files)) await writeFile(join(project, file), text)
  await t.resolves(run(join(project, 'node_modules/.bin/tsc'), [], { cwd: project }))
})

test('a path of a package that has several is found too', async (t) => {
  const paths = ['@dockerflow/mozlog/pretty', '@dockerflow/version/command']
  await writeFile(
    join(project, 'src/paths.ts'),
    paths.map((path, i) => `export * as p${i} from '${path}'\n`).join('')
  )
  await t.resolves(run(join(project, 'node_modules/.bin/tsc'), ['--noEmit'], { cwd: project }))
})

test('what is compiled serves', async (t) => {
  t.match(await readFile(join(project, 'dist/server.js'), 'utf8'), /require\("@dockerflow\/all"\)/)
  const service = await serve(process.execPath, 'dist/server.js', project)
  t.equal((await fetch(`${service.url}/__lbheartbeat__`, { headers: { connection: 'close' } })).status, 200)
  await service.stop()
})

test('Jest 29 runs its tests', async (t) => {
  await t.resolves(run(join(project, 'node_modules/.bin/jest'), ['--ci'], { cwd: project }))
})
