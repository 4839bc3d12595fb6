import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { test } from 'tap'
import { pathOf } from './examples.ts'
import type { Installer } from './installers.ts'
import { catalogRange } from './packages.ts'
import { type Block, isCode, isModule, type Page, serves } from './pages.ts'
import { run } from './programs.ts'
import type { Registry } from './registry.ts'
import { serve } from './service.ts'

/** Names in a page's fragments that your own service has, such as its database client. */
const yours: Record<string, string[]> = {
  'plugins/checks/README.md': [
    'Admin',
    'HeadBucketCommand',
    'Kafka',
    'broker',
    'config',
    'connection',
    'db',
    'knex',
    'pool',
    's3',
    'storage',
    'umzug'
  ],
  // It checks a service of yours.
  'packages/conformance/README.md': []
}

const flags = '--noEmit --strict --module nodenext --target es2024 --types node --skipLibCheck'.split(' ')

/**
 * The compiler and Node's types, in the folder above those of the pages: no page says to install them, and no other
 * package is found there.
 */
export async function installTools({ env }: Registry, work: string): Promise<string> {
  const tools = Object.fromEntries(['typescript', '@types/node'].flatMap((name) => catalogRange(name) ?? []))
  await writeFile(join(work, 'package.json'), JSON.stringify({ private: true, dependencies: tools }))
  await run('npm', ['install'], { cwd: work, env })
  return join(work, 'node_modules/.bin/tsc')
}

/** Declarations of what a block takes from your service. */
function givens(page: Page, { code }: Block): string[] {
  const lacks = (name: string) =>
    new RegExp(`\\b${name}\\b`).test(code) && !new RegExp(`\\b(?:const|let) ${name}\\b`).test(code)
  const declared = (yours[page.path] ?? []).filter(lacks).map((name) => `declare const ${name}: any`)
  return lacks('app') && /\bapp\./.test(code)
    ? [...declared, "declare const app: import('fastify').FastifyInstance"]
    : declared
}

/** A fragment, such as one call of `app.register()`, with the imports of the page and what your service has. */
function whole(page: Page, block: Block): string {
  const imports = isModule(block)
    ? []
    : page.blocks.filter(isModule).flatMap(({ code }) => code.match(/^import .*$/gm) ?? [])
  return [...new Set(imports), ...givens(page, block), block.code, 'export {}', ''].join('\n')
}

/** The pages that have one thing to install. */
function groups(pages: Page[]): Page[][] {
  return Object.values(Object.groupBy(pages, ({ installs }) => installs.toSorted().join(' '))) as Page[][]
}

/** The blocks of code of a page, as files. */
interface Written {
  /** All of them. */
  files: string[]
  /** Those that listen, with the path that the page asks them for. */
  programs: { file: string; path: string }[]
  /** The other modules. */
  scripts: string[]
}

async function writeBlocks(page: Page, folder: string): Promise<Written> {
  const written: Written = { files: [], programs: [], scripts: [] }
  for (const [at, block] of page.blocks.entries()) {
    if (!isCode(block)) continue
    const file = `${page.path.replace(/\W+/g, '-')}-${at}.ts`
    // A whole module stays as it is. A fragment is type-checked, but nothing runs without the rest of your service.
    const runs = isModule(block) && givens(page, block).length === 0
    await writeFile(join(folder, file), runs ? block.code : whole(page, block))
    written.files.push(file)
    if (!runs) continue
    const next = page.blocks.findIndex((other, index) => index > at && isCode(other))
    const shown = page.blocks.slice(at, next < 0 ? undefined : next)
    if (serves(block)) written.programs.push({ file, path: pathOf(shown.map(({ code }) => code).join()) })
    else if (!(page.path in yours)) written.scripts.push(file)
  }
  return written
}

/**
 * Tests that follow pages to the letter: what a page says is installed, each of its blocks is type-checked, and each
 * that is a program is run.
 */
export function follow(pages: Page[], installers: Installer[], tsc: string, work: string): void {
  for (const installer of installers) {
    for (const [index, group] of groups(pages).entries()) {
      const paths = group.map(({ path }) => path).join(', ')
      test(`${paths}, installed with ${installer.name}`, { buffered: true }, async (t) => {
        const folder = join(work, installer.name.replace(/\W+/g, '-'), `${index}`)
        await mkdir(folder, { recursive: true })
        const manifest = JSON.stringify({ name: 'shop', private: true, type: 'module' })
        await writeFile(join(folder, 'package.json'), manifest)
        // What a page says of pnpm's settings.
        for (const { file, code } of group.flatMap(({ blocks }) => blocks)) {
          if (file === 'pnpm-workspace.yaml') await writeFile(join(folder, file), code)
        }
        const installs = group[0]?.installs ?? []
        t.ok(installs.length > 0, 'they say what to install')
        await installer.install(folder, installs)

        const written = await Promise.all(group.map((page) => writeBlocks(page, folder)))
        const files = written.flatMap(({ files }) => files)
        t.ok(files.length > 0, 'they have code')
        if (installer.compiles) {
          await t.resolves(run(tsc, [...flags, ...files], { cwd: folder }), 'it type-checks')
        }
        for (const file of written.flatMap(({ scripts }) => scripts)) {
          await t.resolves(run(process.execPath, [...installer.flags, file], { cwd: folder }), `${file} runs`)
        }
        for (const { file, path } of written.flatMap(({ programs }) => programs)) {
          const service = await serve(process.execPath, [...installer.flags, file], folder)
          try {
            const { status } = await fetch(service.url + path, { headers: { connection: 'close' } })
            t.not(status, 500, `${file}: ${path} is ${status}`)
          } finally {
            await service.stop()
          }
        }
      })
    }
  }
}
