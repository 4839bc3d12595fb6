// `npm run test:peers [-- SUITE …]`: see the README beside.
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import {
  cpSync,
  existsSync,
  globSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync
} from 'node:fs'
import { createRequire } from 'node:module'
import { tmpdir } from 'node:os'
import { dirname, join, sep } from 'node:path'
import { fileURLToPath } from 'node:url'
import { parse } from 'yaml'
import { pack } from '../../../release/src/pack.ts'
import { publicPackages } from '../../../release/src/packages.ts'
import { environment, run } from '../../../release/src/programs.ts'
import type { Result } from './reporter.ts'

interface Suite {
  /** The package that ships the tests. */
  package: string
  /** Which of its files are run. */
  files: string
  /** Which of them are left out. */
  except?: RegExp
  /** What the family needs and the package doesn't bring. */
  also?: string[]
  /** Puts the family into an unpacked copy of the package. */
  withFamily(copy: string): void
}

const here = dirname(fileURLToPath(import.meta.url))
const source = (name: string) => join(here, name)

/** Replaces the one `from` in a file of the copy; throws where it isn't there once, as after an update of the peer. */
function replace(file: string, from: string, to: string): void {
  const parts = readFileSync(file, 'utf8').split(from)
  if (parts.length !== 2) throw new Error(`${file} has "${from}" ${parts.length - 1} times instead of once`)
  writeFileSync(file, parts.join(to))
}

function familyInFastify(fastify: string): void {
  const file = join(fastify, 'fastify.js')
  const wrapper = JSON.stringify(source('fastify-family.cjs'))
  replace(
    file,
    'return function preRouting (req, res) {',
    "return function preRouting (req, res) {\n      fastify[Symbol.for('dockerflow.seen')]?.(res)"
  )
  replace(file, 'module.exports = fastify\n', 'module.exports = wrapped\n')
  replace(file, 'module.exports.fastify = fastify\n', 'module.exports.fastify = wrapped\n')
  replace(file, 'module.exports.default = fastify\n', 'module.exports.default = wrapped\n')
  replace(
    file,
    '\nfunction fastify (',
    `\nconst wrapped = require(${wrapper})(fastify, require)\n\nfunction fastify (`
  )
}

const plugin = (name: string): Suite => ({
  package: `@fastify/${name}`,
  files: 'test/**/*.test.{js,mjs}',
  withFamily: (copy) => familyInFastify(join(copy, 'node_modules/fastify'))
})

const suites: Record<string, Suite> = {
  fastify: {
    package: 'fastify',
    files: 'test/**/*.test.{js,mjs}',
    // Neither concerns a server.
    except: /^test\/(?:bundler|types|build)\//,
    withFamily(copy) {
      familyInFastify(copy)
      // mozlog imports Fastify: this one.
      symlinkSync('..', join(copy, 'node_modules/fastify'), 'junction')
    }
  },
  'rate-limit': plugin('rate-limit'),
  'reply-from': plugin('reply-from'),
  'under-pressure': plugin('under-pressure'),
  pino: {
    package: 'pino',
    also: ['fastify'],
    files: 'test/*.test.js',
    // The browser's pino, and what is documented to belong to pino's own transports, destinations and the process.
    except:
      /^test\/(?:browser|broken-pipe|diagnostics|exit|jest|metadata|stdout-protection|syncfalse|transport)/,
    withFamily(copy) {
      const file = join(copy, 'pino.js')
      const wrapper = JSON.stringify(source('pino-mozlog.cjs'))
      const text = readFileSync(file, 'utf8')
      writeFileSync(file, `${text}\nmodule.exports = require(${wrapper})(module.exports, require)\n`)
    }
  }
}

/** Dependencies of the peers' that lint, check types, measure or bundle: no test that is run here needs them. */
const tools =
  /eslint|neostandard|tstyche|typescript|autocannon|branch-comparer|concurrently|markdownlint|^@types\/|airtap|docsify|fastbench|bunyan|bole|winston|loglevel|steed|attw|arethetypeswrong|^jest$|^borp$|^c8$|^log$|ts-node/

/** Copies a package as it was published, and installs what its tests need. */
async function unpack(suite: Suite, folder: string, archives: string[]): Promise<string> {
  const require = createRequire(import.meta.url)
  const published = dirname(require.resolve(`${suite.package}/package.json`))
  const copy = join(folder, suite.package.replace('/', '+'))
  const modules = `${sep}node_modules${sep}`
  const inside = (path: string) => `${path.slice(published.length)}${sep}`
  cpSync(published, copy, { recursive: true, filter: (path) => !inside(path).includes(modules) })
  const manifest = JSON.parse(readFileSync(join(copy, 'package.json'), 'utf8'))
  const needed = Object.entries(manifest.devDependencies ?? {}).filter(([name]) => !tools.test(name))
  manifest.devDependencies = Object.fromEntries(needed)
  delete manifest.scripts
  writeFileSync(join(copy, 'package.json'), JSON.stringify(manifest, null, 2))
  const install = [
    'install',
    '--no-audit',
    '--no-fund',
    '--legacy-peer-deps',
    '--ignore-scripts',
    '--loglevel=error'
  ]
  await run('npm', [...install, ...archives], { cwd: copy, timeout: 600_000 })
  return copy
}

interface Finding {
  file: string
  kind: string
  [member: string]: unknown
}

interface Run {
  /** What became of each test, by file and name. */
  results: Map<string, Result>
  findings: Finding[]
}

/** Which files of an unpacked suite are run. */
function filesOf(suite: Suite, copy: string): string[] {
  const files = globSync(suite.files, { cwd: copy })
    .map((file) => file.replaceAll(sep, '/'))
    .filter((file) => !suite.except?.test(file))
    .sort()
  if (files.length === 0) throw new Error(`${suite.package} ships no tests that match ${suite.files}`)
  return files
}

async function runTests(copy: string, files: string[], concurrency = 2): Promise<Run> {
  const output = join(copy, 'results.jsonl')
  const found = join(copy, 'findings.jsonl')
  for (const file of [output, found]) rmSync(file, { force: true })
  const args = [
    '--test',
    `--test-concurrency=${concurrency}`,
    '--test-timeout=60000',
    `--test-reporter=${source('reporter.ts')}`,
    `--test-reporter-destination=${output}`,
    ...files
  ]
  const env = { ...environment, FAMILY_FINDINGS: found, NODE_ENV: 'test' }
  const tests = spawn(process.execPath, args, { cwd: copy, env, stdio: ['ignore', 'ignore', 'inherit'] })
  // A test that never ends is the runner's to end; this is for a runner that never does.
  const limit = setTimeout(() => tests.kill('SIGKILL'), 1_800_000)
  const interrupt = (signal: NodeJS.Signals) => tests.kill(signal)
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, interrupt)
  await once(tests, 'exit')
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.off(signal, interrupt)
  clearTimeout(limit)

  const lines = <T>(file: string): T[] =>
    existsSync(file)
      ? readFileSync(file, 'utf8')
          .split('\n')
          .filter(Boolean)
          .map((line) => JSON.parse(line))
      : []
  const results = new Map<string, Result>()
  for (const result of lines<Result>(output)) {
    // Tests of one name in one file differ by their order.
    let key = `${result.file}: ${result.path}`
    for (let n = 2; results.has(key); n++) key = `${result.file}: ${result.path} (${n})`
    results.set(key, result)
  }
  return { results, findings: lines(found) }
}

/** Differences that are meant: for each test, by file and name, the reason. */
function meant(name: string): Map<string, string> {
  const file = join(here, `../differences/${name}.yaml`)
  const listed: Record<string, string[]> | null = existsSync(file) ? parse(readFileSync(file, 'utf8')) : null
  return new Map(
    Object.entries(listed ?? {}).flatMap(([reason, tests]) => tests.map((test) => [test, reason]))
  )
}

const count = (results: Map<string, Result>, status: Result['status']) =>
  [...results.values()].filter((result) => result.status === status).length

const say = (text: string) => process.stdout.write(`${text}\n`)

/** What passes without the family and doesn't with it, of `files`, and what was found. */
function difference(plain: Run, family: Run, files: string[]): Map<string, string> {
  const differences = new Map<string, string>()
  for (const [key, { file, status }] of plain.results) {
    if (status !== 'pass' || !files.includes(file)) continue
    const result = family.results.get(key)
    if (result?.status !== 'pass') differences.set(key, result?.error ?? 'was not run')
  }
  for (const { file, kind, ...rest } of family.findings)
    if (kind !== 'total') differences.set(`${file}: [${kind}]`, JSON.stringify(rest).slice(0, 1000))
  return differences
}

/** Runs a suite as it is and with the family; returns whether they differ only where they are meant to. */
async function compare(name: string, suite: Suite, folder: string, archives: string[]): Promise<boolean> {
  say(`\n${suite.package}: unpacking`)
  const plainCopy = await unpack(suite, join(folder, 'plain'), [])
  const familyCopy = await unpack(suite, join(folder, 'family'), [...archives, ...(suite.also ?? [])])
  suite.withFamily(familyCopy)

  const files = filesOf(suite, plainCopy)
  const plain = await runTests(plainCopy, files)
  const summary = ({ results }: Run) =>
    `${results.size} tests, ${count(results, 'pass')} pass, ${count(results, 'fail')} fail, ${count(results, 'skip')} skipped`
  say(`  as it is:        ${summary(plain)}`)
  const family = await runTests(familyCopy, files)
  say(`  with the family: ${summary(family)}`)
  if (count(plain.results, 'pass') === 0) throw new Error(`no test of ${suite.package} passes as it is`)
  const totals = family.findings.filter(({ kind }) => kind === 'total')
  const sum = (member: string) => totals.reduce((total, finding) => total + Number(finding[member] ?? 0), 0)
  if (totals.length > 0)
    say(`  ${sum('apps')} apps logged ${sum('lines')} lines, ${sum('summaries')} of them request.summary`)

  const expected = meant(name)
  const differences = difference(plain, family, files)
  // Many of these tests measure time: what differs must differ again with the machine to itself.
  const unexpected = [...differences.keys()].filter((key) => !expected.has(key))
  const again = [...new Set(unexpected.map((key) => key.slice(0, key.indexOf(': '))))]
  if (again.length > 0) {
    const repeated = difference(plain, await runTests(familyCopy, again, 1), again)
    for (const key of unexpected) if (!repeated.has(key)) differences.delete(key)
  }
  const failing = [...plain.results].filter(([, { status }]) => status === 'fail').map(([key]) => key)
  if (failing.length > 0)
    say(`  fail as they are, and say nothing:\n${failing.map((key) => `    ${key}`).join('\n')}`)
  const fresh = [...differences].filter(([key]) => !expected.has(key))
  const gone = [...expected.keys()].filter((key) => !differences.has(key))
  say(`  ${differences.size} differ, ${differences.size - fresh.length} of them are meant`)
  for (const [key, error] of fresh)
    say(`  NEW   ${key}\n        ${error.split('\n').slice(0, 6).join('\n        ')}`)
  for (const key of gone) say(`  GONE  ${key}: take it off differences/${name}.yaml`)
  return fresh.length === 0 && gone.length === 0
}

const names = process.argv.slice(2)
for (const name of names)
  if (!suites[name]) throw new Error(`there is no suite "${name}": ${Object.keys(suites).join(', ')}`)

const folder = mkdtempSync(join(tmpdir(), 'peers-'))
process.on('exit', () => {
  if (!process.env.KEEP_PEERS) rmSync(folder, { recursive: true, force: true })
})
const archives: string[] = []
for (const pkg of publicPackages()) archives.push((await pack(pkg, join(folder, 'packed'))).archive)
let same = true
for (const [name, suite] of Object.entries(suites)) {
  if (names.length > 0 && !names.includes(name)) continue
  const began = Date.now()
  same = (await compare(name, suite, folder, archives)) && same
  say(`  took ${Math.round((Date.now() - began) / 1000)} s`)
}
if (!same) process.exitCode = 1
