// `npm run test:peers [-- SUITE …]`: see the README beside.
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, mkdtempSync, readFileSync, rmSync, statSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { parse } from 'yaml'
import { pack } from '../../../release/src/pack.ts'
import { publicPackages } from '../../../release/src/packages.ts'
import { environment } from '../../../release/src/programs.ts'
import type { Result } from './reporter.ts'
import { filesOf, type Suite, source, suites, unpack } from './suites.ts'

interface Finding {
  file: string
  kind: string
  [member: string]: unknown
}

interface Run {
  /** What became of each test, by file and name. */
  results: Map<string, Result>
  findings: Finding[]
  /** The files that did not end by themselves. */
  endless: string[]
}

/** How long a file may report nothing, in milliseconds: a test is given 60 s, and what it left open may keep its process. */
const silence = 75_000

/** Runs one file, and writes what becomes of its tests to `output`. Resolves with whether it ended by itself. */
async function runFile(copy: string, file: string, output: string, env: NodeJS.ProcessEnv): Promise<boolean> {
  const args = [
    '--test',
    '--test-timeout=60000',
    `--test-reporter=${source('reporter.ts')}`,
    `--test-reporter-destination=${output}`,
    file
  ]
  // In a group of its own: the runner has a process of its own for the file.
  const tests = spawn(process.execPath, args, {
    cwd: copy,
    env,
    stdio: ['ignore', 'ignore', 'inherit'],
    detached: true
  })
  const end = () => {
    try {
      process.kill(-(tests.pid as number), 'SIGKILL')
    } catch {} // it has ended by itself
  }
  process.once('exit', end)
  let silent = false
  let size = 0
  let since = Date.now()
  const watch = setInterval(() => {
    const now = existsSync(output) ? statSync(output).size : 0
    if (now !== size) [size, since] = [now, Date.now()]
    else if (Date.now() - since > silence) {
      silent = true
      end()
    }
  }, 1000)
  await once(tests, 'exit')
  clearInterval(watch)
  process.off('exit', end)
  return !silent
}

async function runTests(suite: Suite, copy: string, files: string[], concurrency = 2): Promise<Run> {
  const folder = mkdtempSync(join(copy, 'results-'))
  const found = join(folder, 'findings.jsonl')
  const server = await suite.server?.()
  const env = { ...environment, FAMILY_FINDINGS: found, NODE_ENV: 'test', PEERS_PORT: `${server?.port}` }
  const output = (file: string) => join(folder, `${files.indexOf(file)}.jsonl`)
  const waiting = [...files]
  const endless: string[] = []
  const worker = async () => {
    for (let file = waiting.shift(); file !== undefined; file = waiting.shift())
      if (!(await runFile(copy, file, output(file), env))) endless.push(file)
  }
  await Promise.all(Array.from({ length: concurrency }, worker))
  await server?.remove()

  const lines = <T>(file: string): T[] =>
    existsSync(file)
      ? readFileSync(file, 'utf8')
          .split('\n')
          .filter(Boolean)
          .map((line) => JSON.parse(line))
      : []
  const results = new Map<string, Result>()
  for (const result of files.flatMap((file) => lines<Result>(output(file)))) {
    // Tests of one name in one file differ by their order.
    let key = `${result.file}: ${result.path}`
    for (let n = 2; results.has(key); n++) key = `${result.file}: ${result.path} (${n})`
    results.set(key, result)
  }
  return { results, findings: lines(found), endless }
}

/** Differences that are meant: for each test, by file and name, the reason. */
function meant(name: string): Map<string, string> {
  const file = source(`../differences/${name}.yaml`)
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
  // What its process would have said at its end is lost.
  for (const file of family.endless)
    if (!plain.endless.includes(file))
      differences.set(`${file}: [did not end]`, 'was ended after it was silent')
  for (const { file, kind, ...rest } of family.findings)
    if (kind !== 'total') differences.set(`${file}: [${kind}]`, JSON.stringify(rest).slice(0, 1000))
  return differences
}

interface Outcome {
  same: boolean
  /** How many tests pass without the family. */
  tests: number
  /** How many of them differ with it. */
  differ: number
  /** How many lines were validated. */
  lines: number
  /** How many of the lines are a `request.summary`. */
  summaries: number
}

/** Runs a suite as it is and with the family; returns whether they differ only where they are meant to. */
async function compare(name: string, suite: Suite, folder: string, archives: string[]): Promise<Outcome> {
  say(`\n${suite.package}: unpacking`)
  const plainCopy = await unpack(suite, join(folder, 'plain'), [])
  const familyCopy = await unpack(suite, join(folder, 'family'), [...archives, ...(suite.also ?? [])])
  suite.withFamily(familyCopy)

  const files = filesOf(suite, plainCopy)
  const plain = await runTests(suite, plainCopy, files)
  const summary = ({ results }: Run) =>
    `${results.size} tests, ${count(results, 'pass')} pass, ${count(results, 'fail')} fail, ${count(results, 'skip')} skipped`
  say(`  as it is:        ${summary(plain)}`)
  const family = await runTests(suite, familyCopy, files)
  say(`  with the family: ${summary(family)}`)
  if (count(plain.results, 'pass') === 0) throw new Error(`no test of ${suite.package} passes as it is`)
  const totals = family.findings.filter(({ kind }) => kind === 'total')
  const sum = (member: string) => totals.reduce((total, finding) => total + Number(finding[member] ?? 0), 0)
  const [apps, lines, summaries] = [sum('apps'), sum('lines'), sum('summaries')]
  if (lines === 0) throw new Error(`the tests of ${suite.package} did not use the family`)
  say(`  ${apps} logged ${lines} lines, ${summaries} of them request.summary`)

  const expected = meant(name)
  const differences = difference(plain, family, files)
  // Many of these tests measure time: what differs must differ again with the machine to itself.
  const unexpected = [...differences.keys()].filter((key) => !expected.has(key))
  const again = [...new Set(unexpected.map((key) => key.slice(0, key.indexOf(': '))))]
  if (again.length > 0) {
    const repeated = difference(plain, await runTests(suite, familyCopy, again, 1), again)
    for (const key of unexpected) if (!repeated.has(key)) differences.delete(key)
  }
  if (plain.endless.length > 0)
    say(
      `  don't end as they are, and may lack tests:\n${plain.endless.map((file) => `    ${file}`).join('\n')}`
    )
  const failing = [...plain.results].filter(([, { status }]) => status === 'fail').map(([key]) => key)
  if (failing.length > 0)
    say(`  fail as they are, and say nothing:\n${failing.map((key) => `    ${key}`).join('\n')}`)
  const fresh = [...differences].filter(([key]) => !expected.has(key))
  const gone = [...expected.keys()].filter((key) => !differences.has(key))
  say(`  ${differences.size} differ, ${differences.size - fresh.length} of them are meant`)
  for (const [key, error] of fresh)
    say(`  NEW   ${key}\n        ${error.split('\n').slice(0, 6).join('\n        ')}`)
  for (const key of gone) say(`  GONE  ${key}: take it off differences/${name}.yaml`)
  const tests = count(plain.results, 'pass')
  return { same: fresh.length === 0 && gone.length === 0, tests, differ: differences.size, lines, summaries }
}

const names = process.argv.slice(2)
for (const name of names)
  if (!suites[name]) throw new Error(`there is no suite "${name}": ${Object.keys(suites).join(', ')}`)

const folder = mkdtempSync(join(tmpdir(), 'peers-'))
for (const signal of ['SIGHUP', 'SIGINT', 'SIGTERM'] as const) process.once(signal, () => process.exit(1))
process.on('exit', () => {
  if (!process.env.KEEP_PEERS) rmSync(folder, { recursive: true, force: true })
})
const archives: string[] = []
for (const pkg of publicPackages()) archives.push((await pack(pkg, join(folder, 'packed'))).archive)
const outcomes: Outcome[] = []
for (const [name, suite] of Object.entries(suites)) {
  if (names.length > 0 && !names.includes(name)) continue
  const began = Date.now()
  outcomes.push(await compare(name, suite, folder, archives))
  say(`  took ${Math.round((Date.now() - began) / 1000)} s`)
}
const total = (member: 'tests' | 'differ' | 'lines' | 'summaries') =>
  outcomes.reduce((sum, outcome) => sum + outcome[member], 0)
say(
  `\n${total('tests')} tests compared, ${total('differ')} differ; ${total('lines')} lines validated, ${total('summaries')} request.summary counted`
)
if (!outcomes.every(({ same }) => same)) process.exitCode = 1
