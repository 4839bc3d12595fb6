import { globSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { parseSync, Visitor } from 'oxc-parser'
import { test } from 'tap'
import { findCircle, importsOf, readImports } from '../src/imports.ts'

const root = fileURLToPath(new URL('../../..', import.meta.url))
const published = readImports(root, '{apps,packages,plugins}/*/src/**/*.ts')
const bench = readImports(root, 'bench/**/*.ts')

/** `plugins/checks` of `plugins/checks/src/lib/abortable.ts`, and of `@dockerflow/checks/postgres`. */
const folders = new Map(
  globSync('{apps,packages,plugins}/*/package.json', { cwd: root }).map((file) => [
    JSON.parse(readFileSync(join(root, file), 'utf8')).name as string,
    file.replace('/package.json', '')
  ])
)
function folderOf(target: string): string | undefined {
  const [first = '', second = ''] = target.split('/')
  return /^(?:apps|packages|plugins)$/.test(first)
    ? `${first}/${second}`
    : (folders.get(`${first}/${second}`) ?? folders.get(first))
}

const levels: Record<string, number> = {
  'packages/kit': 0,
  'packages/build-steps': 0,
  'packages/conformance': 0,
  'packages/create-dockerflow': 0,
  'packages/endpoint': 1,
  plugins: 2,
  'plugins/all': 3,
  packages: 3,
  apps: 4
}
const levelOf = (folder: string): number => levels[folder] ?? (levels[folder.replace(/\/.*/, '')] as number)
const show = ({ file, target }: { file: string; target: string }) => `${file} imports ${target}`

test('imports are read with what they are', async (t) => {
  const code = `
    import type { A } from './a.ts'
    import { type B } from '../b.ts'
    import { type C, d } from 'e'
    import 'f'
    export { g } from './g.ts'
    export type { H } from './h.ts'
    export * from './i.ts'
    const j = await import('j')
    let k: import('k').K
  `
  t.strictSame(
    importsOf('x/src/y/z.ts', code).map(({ target, isType }) => [target, isType]),
    [
      ['x/src/y/a.ts', true],
      ['x/src/b.ts', true],
      ['e', false],
      ['f', false],
      ['x/src/y/g.ts', false],
      ['x/src/y/h.ts', true],
      ['x/src/y/i.ts', false],
      ['j', false],
      ['k', true]
    ]
  )
  t.ok(published.length > 500 && bench.length > 50)
})

test('no import leads back to where it came from', async (t) => {
  const one = (file: string, target: string) => ({ file, target, isType: false })
  t.strictSame(findCircle([one('a', 'b'), one('b', 'c'), one('c', 'b'), one('d', 'a')]), ['b', 'c', 'b'])
  t.equal(findCircle([one('a', 'b'), one('a', 'c'), one('b', 'c')]), undefined)
  t.equal(findCircle(published), undefined)
  t.equal(findCircle(bench), undefined)
})

test('imports go from apps to plugins/all, plugins, packages/endpoint and packages/kit', async (t) => {
  const wrong = published.filter(({ file, target, isType }) => {
    const [from, to] = [folderOf(file) as string, folderOf(target)]
    if (to === undefined || from === to) return false
    const areTypesOfPlugins = isType && levelOf(from) === levels.plugins
    return areTypesOfPlugins ? levelOf(to) > levelOf(from) : levelOf(to) >= levelOf(from)
  })
  t.strictSame(wrong.map(show), [])
})

test('a package reaches into no other, and a file into none above it', async (t) => {
  const within = published.filter(({ file, target }) => folderOf(file) === folderOf(target))
  const outside = published.filter(
    ({ file, target }) => /^(?:apps|packages|plugins)\//.test(target) && folderOf(file) !== folderOf(target)
  )
  t.strictSame(outside.map(show), [], 'other packages by their names')
  t.strictSame(
    within.filter(({ target }) => /^[^/]+\/[^/]+\/src\/index\.ts$/.test(target)).map(show),
    [],
    'index.ts is above all'
  )
  const upwards = within.filter(
    ({ file, target }) => /^plugins\/.*\/lib\//.test(file) && !target.includes('/lib/')
  )
  t.strictSame(upwards.map(show), [], 'lib/ is below what uses it')
})

test('the kit needs Node alone', async (t) => {
  const kit = published.filter(({ file }) => file.startsWith('packages/kit/'))
  t.ok(kit.length > 1)
  t.strictSame(kit.filter(({ target }) => !/^(?:node:|packages\/kit\/src\/)/.test(target)).map(show), [])
  const manifest = JSON.parse(readFileSync(join(root, 'packages/kit/package.json'), 'utf8'))
  t.notOk(manifest.dependencies ?? manifest.peerDependencies ?? manifest.optionalDependencies)
})

test("node:http is not imported, which loads Node's fetch and WebSocket as well", async (t) => {
  const loads = published.filter(({ target, isType }) => target === 'node:http' && !isType)
  t.strictSame(loads.map(show), [], 'process.getBuiltinModule loads it alone')
})

test("the demo compiles with what `npm start` installs, which is no development dependency but the root's", async (t) => {
  const manifestOf = (folder: string) => JSON.parse(readFileSync(join(root, folder, 'package.json'), 'utf8'))
  const { dependencies: ofRoot } = manifestOf('.')
  const built = new Set(['apps/demo'])
  for (const folder of built) {
    const { dependencies = {}, peerDependencies = {} } = manifestOf(folder)
    const installed = Object.keys({ ...ofRoot, ...dependencies, ...peerDependencies })
    for (const name of Object.keys(dependencies)) {
      const below = folders.get(name)
      if (below) built.add(below)
    }
    const missing = published.filter(
      ({ file, target }) =>
        file.startsWith(`${folder}/src/`) &&
        !/^(?:node:|apps\/|packages\/|plugins\/)/.test(target) &&
        !installed.some((name) => target === name || target.startsWith(`${name}/`))
    )
    t.strictSame(missing.map(show), [], folder)
  }
  t.ok(built.size > 8)
})

test('TypeBox is imported in schema.ts alone, of which the rest takes types', async (t) => {
  const loads = published.filter(({ isType }) => !isType)
  const typebox = loads.filter(({ target }) => /^typebox(?:\/|$)/.test(target))
  t.ok(typebox.length > 5)
  t.strictSame(typebox.filter(({ file }) => !file.endsWith('/src/schema.ts')).map(show), [])
  t.strictSame(
    loads.filter(({ target }) => /(?:\/src\/schema\.ts|^@dockerflow\/[^/]+\/schema)$/.test(target)).map(show),
    []
  )
})

test('mozlog has no other name for any', async (t) => {
  const aliases = (code: string): string[] => {
    const found: string[] = []
    new Visitor({
      TSTypeAliasDeclaration: ({ id, typeAnnotation }) => {
        if (typeAnnotation.type === 'TSAnyKeyword') found.push(id.name)
      }
    }).visit(parseSync('x.ts', code, { lang: 'ts' }).program)
    return found
  }
  t.strictSame(aliases('export type Instance = any; type Other = any[]'), ['Instance'])
  for (const file of globSync('plugins/mozlog/src/**/*.ts', { cwd: root })) {
    t.strictSame(aliases(readFileSync(join(root, file), 'utf8')), [], file)
  }
})
