import { execFileSync, spawnSync } from 'node:child_process'
import { accessSync, constants, existsSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { test } from 'tap'

const script = fileURLToPath(new URL('../src/bundle.ts', import.meta.url))
const manifest = (more: object) => JSON.stringify({ name: 'tea', type: 'module', ...more })
const pot = {
  'package.json': manifest({
    exports: {
      '.': { types: './dist/index.d.ts', default: './dist/index.js' },
      './lib/*': null,
      './kinds/*': { default: './dist/kinds-*.js' },
      './package.json': './package.json'
    },
    dependencies: { leaf: '1' }
  }),
  bin: { 'tea.js': "await import('../dist/cli.js')\n" },
  dist: { 'gone.js': '', 'index.d.ts': 'export {}\n', 'schemas.js': 'export const Kind = 7\n' },
  src: {
    'index.ts':
      "import { dry } from 'leaf/dry'\nimport { Kind } from '../dist/schemas.js'\nimport { boil } from './boil.ts'\n" +
      '/** Makes tea. */\nexport const tea = (degrees: number) => [dry, Kind, boil(degrees)]\n' +
      "export const later = async () => (await import('./later.ts')).late\n",
    'boil.ts': 'export const boil = (degrees: number): number => degrees + 1\n',
    'cli.ts': "import { boil } from './boil.ts'\nconsole.log(boil(41))\n",
    'later.ts': "export const late = 'late'\n",
    'kinds-green.ts': "export const green = 'green'\n"
  },
  node_modules: {
    leaf: {
      'package.json': manifest({ name: 'leaf', exports: { './dry': './dry.js' } }),
      'dry.js': "export const dry = 'dry'\n"
    }
  }
}

test('each step is executable, for where the sources come after the install', (t) => {
  const { bin } = JSON.parse(readFileSync(new URL('../package.json', import.meta.url), 'utf8'))
  for (const file of Object.values<string>(bin))
    t.doesNotThrow(() => accessSync(new URL(`../${file}`, import.meta.url), constants.X_OK), file)
  t.end()
})

test('each entry is one file, and what entries share is another', async (t) => {
  const folder = t.testdir(pot)
  execFileSync(process.execPath, [script], { cwd: folder, stdio: 'pipe' })
  t.strictSame(readdirSync(join(folder, 'dist')).sort(), [
    'cli.js',
    'index.d.ts',
    'index.js',
    'kinds-green.js',
    'lib',
    'schemas.js'
  ])
  t.strictSame(readdirSync(join(folder, 'dist/lib')).sort(), ['boil.js', 'later.js'])
  const { tea, later } = await import(join(folder, 'dist/index.js'))
  t.strictSame(tea(99), ['dry', 7, 100])
  t.equal(await later(), 'late')
  t.equal(execFileSync(process.execPath, [join(folder, 'bin/tea.js')], { encoding: 'utf8' }), '42\n')
})

test('a dependency stays an import, and no comment is left', (t) => {
  const folder = t.testdir(pot)
  execFileSync(process.execPath, [script], { cwd: folder, stdio: 'pipe' })
  const index = readFileSync(join(folder, 'dist/index.js'), 'utf8')
  t.match(index, /from "leaf\/dry"/)
  t.notMatch(index, 'Makes tea')
  t.end()
})

test('a package without an entry is an error, and nothing is removed', (t) => {
  const folder = t.testdir({ 'package.json': manifest({ exports: {} }), dist: { 'old.js': '' }, src: {} })
  const { status, stderr } = spawnSync(process.execPath, [script], { cwd: folder, encoding: 'utf8' })
  t.equal(status, 1)
  t.match(stderr, 'package.json exports nothing of dist/, and nothing in bin/ imports any')
  t.ok(existsSync(join(folder, 'dist/old.js')))
  t.end()
})
