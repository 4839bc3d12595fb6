// What the READMEs and guides say, to the letter: installed as they say, type-checked and run.
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import tap, { test } from 'tap'
import { pathOf } from '../src/examples.ts'
import { catalogRange } from '../src/packages.ts'
import { isModule, type Page, pages, serves } from '../src/pages.ts'
import { run } from '../src/programs.ts'
import { publishAll } from '../src/publish.ts'
import { startRegistry } from '../src/registry.ts'
import { serve } from '../src/service.ts'

const work = await mkdtemp(join(tmpdir(), 'dockerflow-pages-'))
tap.teardown(() => rm(work, { recursive: true, force: true }))
const registry = await startRegistry(work)
tap.teardown(() => registry.close())
await publishAll(registry, work)

// The compiler and Node's types are in the folder above: no page says to install them, and no package is found there.
const tools = Object.fromEntries(['typescript', '@types/node'].flatMap((name) => catalogRange(name) ?? []))
await writeFile(
  join(work, 'package.json'),
  JSON.stringify({ private: true, type: 'module', dependencies: tools })
)
await run('npm', ['install'], { cwd: work, env: registry.env })
const tsc = join(work, 'node_modules/.bin/tsc')
const flags = '--noEmit --strict --module nodenext --target es2024 --types node --skipLibCheck'.split(' ')

const yarnSettings = (linker: string) =>
  [
    `npmRegistryServer: "${registry.url}"`,
    'unsafeHttpWhitelist: ["127.0.0.1"]',
    'enableTelemetry: false',
    'enableImmutableInstalls: false',
    'enableScripts: false',
    `nodeLinker: ${linker}`,
    `globalFolder: ${JSON.stringify(join(work, 'yarn'))}`,
    ''
  ].join('\n')

interface Installer {
  name: string
  /** Makes an empty project install what a page says. */
  install(folder: string, names: string[]): Promise<unknown>
  /** How Node is started in it. */
  node?: [program: string, ...args: string[]]
  /** Whether the compiler finds what is installed: it doesn't read Plug'n'Play. */
  compiles: boolean
}

const yarn = (linker: string): Omit<Installer, 'name'> => ({
  async install(folder, names) {
    await writeFile(join(folder, '.yarnrc.yml'), yarnSettings(linker))
    await writeFile(join(folder, 'yarn.lock'), '')
    await run('npx', ['--yes', '--package=@yarnpkg/cli-dist@4', 'yarn', 'add', ...names], {
      cwd: folder,
      env: registry.env
    })
  },
  compiles: linker === 'node-modules'
})

const installers: Installer[] = [
  {
    name: 'npm',
    install: (cwd, names) => run('npm', ['install', ...names], { cwd, env: registry.env }),
    compiles: true
  },
  // Without any setting: what it asks or refuses fails here.
  {
    name: 'pnpm',
    install: (cwd, names) => run('pnpm', ['add', ...names], { cwd, env: registry.env }),
    compiles: true
  },
  { name: 'yarn', ...yarn('node-modules') },
  {
    name: "yarn with Plug'n'Play",
    ...yarn('pnp'),
    node: [process.execPath, '--require', './.pnp.cjs', '--import', './.pnp.loader.mjs']
  }
]

/** A fragment, such as one call of `app.register()`, in what stands around it on the page. */
function whole(page: Page, code: string): string {
  const imports = page.blocks.filter(isModule).flatMap((block) => block.code.match(/^import .*$/gm) ?? [])
  const app =
    /\bapp\b/.test(code) && !/\bconst app\b/.test(code)
      ? "declare const app: import('fastify').FastifyInstance\n"
      : ''
  return `${[...new Set(imports)].join('\n')}\n${app}${code}\nexport {}\n`
}

for (const page of pages()) {
  // The installers differ in what a package may import; one page shows that for the family.
  const all = page.path === 'plugins/all/README.md'
  for (const { name, install, node = [process.execPath], compiles } of all
    ? installers
    : installers.slice(0, 2)) {
    test(`${page.path}, installed with ${name}`, async (t) => {
      t.ok(page.installs.length > 0, 'it says what to install')
      const folder = join(work, page.path.replace(/\W+/g, '-'), name.replace(/\W+/g, '-'))
      await mkdir(folder, { recursive: true })
      await writeFile(
        join(folder, 'package.json'),
        JSON.stringify({ name: 'shop', private: true, type: 'module' })
      )
      await install(folder, page.installs)
      const files: string[] = []
      for (const [index, block] of page.blocks.entries()) {
        if (!/^[tj]s$/.test(block.language)) continue
        const file = `${index}.${block.language}`
        await writeFile(join(folder, file), isModule(block) ? block.code : whole(page, block.code))
        if (block.language === 'ts') files.push(file)
      }
      if (compiles && files.length > 0) await run(tsc, [...flags, ...files], { cwd: folder })
      for (const [index, block] of page.blocks.entries()) {
        if (!/^[tj]s$/.test(block.language) || !isModule(block) || !serves(block)) continue
        const [program = '', ...args] = node
        const service = await serve(program, [...args, `${index}.${block.language}`], folder)
        try {
          const response = await fetch(service.url + pathOf(block.code), { headers: { connection: 'close' } })
          await response.text()
          t.not(response.status, 500)
        } finally {
          await service.stop()
        }
      }
      t.ok(page.blocks.length > 0, 'the page has blocks')
    })
  }
}
