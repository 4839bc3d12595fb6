import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import type { AddressInfo } from 'node:net'
import { createServer as createTcpServer } from 'node:net'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import { fileURLToPath } from 'node:url'
import { gzipSync } from 'node:zlib'
import { type Test, test } from 'tap'
import { Check, Errors } from 'typebox/value'
import { check } from '../src/check.ts'
import { checkCommand } from '../src/command.ts'
import { toGithub } from '../src/output/github.ts'
import { toMarkdown } from '../src/output/markdown.ts'
import { rulesPage } from '../src/output/page.ts'
import { toSarif } from '../src/output/sarif.ts'
import { toText } from '../src/output/text.ts'
import { rules } from '../src/rules/index.ts'
import { Report } from '../src/schema.ts'
import { archive, goodFiles, layout, saved, version, writeFiles } from './fixtures/image.ts'
import { serve } from './judge.ts'

const program = fileURLToPath(new URL('fixtures/command.ts', import.meta.url))

async function run(args: string[], cwd?: string) {
  const child = spawn(process.execPath, [program, ...args], { cwd, timeout: 120_000 })
  const [out, err, [code]] = await Promise.all([text(child.stdout), text(child.stderr), once(child, 'close')])
  return { out, err, code }
}

const GOOD = `FROM node:24-slim
RUN groupadd --gid 10001 app && useradd --uid 10001 --gid app app
WORKDIR /app
COPY version.json server.js ./
ENV PORT=8000
USER app
ENTRYPOINT ["tini", "--"]
CMD ["node", "server.js"]
`
const BAD = 'FROM node:24-slim\nWORKDIR /srv\nCOPY . .\nEXPOSE 8080\nCMD ["node", "server.js"]\n'

/** The command in this process, where many runs are wanted. */
async function call(t: Test, args: string[]) {
  const calls = t.capture(process.stderr, 'write', () => true)
  const code = await checkCommand(args, 'dockerflow check')
  calls.restore()
  return { code, err: calls.args().join('') }
}

test('the exit code is 0, 1 or 2, whatever the format', async (t) => {
  const dir = t.testdir({ good: GOOD, bad: BAD })
  for (const format of ['text', 'json', 'sarif', 'markdown', 'github']) {
    const of = (name: string) =>
      call(t, [join(dir, name), '--format', format, '--output', join(dir, 'report')])
    t.strictSame(await of('good'), { code: 0, err: '' }, `${format}, good`)
    t.strictSame(await of('bad'), { code: 1, err: '' }, `${format}, bad`)
    const gone = await of('gone')
    t.equal(gone.code, 2, `${format}, not there`)
    t.match(gone.err, /^dockerflow check: \S*gone is not there: expected [^\n]*\n$/)
  }
  const { out, code } = await run(['bad'], dir)
  t.match(out, /bad does not comply/)
  t.equal(code, 1)
})

test('--format json holds its schema, and has a result for each rule', async (t) => {
  const dir = t.testdir({ Dockerfile: BAD })
  const { out } = await run(['.', '--format', 'json'], dir)
  const report = JSON.parse(out)
  t.strictSame([...Errors(Report, report)], [])
  t.ok(Check(Report, report))
  t.match(report, { schema: 1, targets: [{ kind: 'repository', name: '.' }], profile: 'spec' })
  t.strictSame(
    new Set(report.results.map(({ id }: { id: string }) => id)),
    new Set(rules.map(({ id }) => id))
  )
  t.match(
    report.results.find(({ id }: { id: string }) => id === 'IMG-5'),
    {
      level: 'MUST',
      verdict: 'fail',
      where: { file: 'Dockerfile', line: 1 },
      fix: /USER app/,
      link: /^https:/
    }
  )
  const places = report.results.map(({ id, where }: { id: string; where: unknown }) =>
    JSON.stringify([id, where])
  )
  t.equal(new Set(places).size, places.length, 'a rule has one result for each place')
  const { pass, fail, unknown, waived } = report.summary
  t.equal(pass + fail + unknown + waived, report.results.length)
})

test('levels, profiles and --require decide the exit code', async (t) => {
  const dir = t.testdir({ Dockerfile: GOOD.replace('PORT=8000', 'PORT=8080') })
  const code = async (...args: string[]) =>
    (
      await check({
        targets: [join(dir, 'Dockerfile')],
        ...Object.fromEntries(args.map((arg) => arg.split('=')))
      })
    ).exitCode
  t.equal(await code(), 0)
  t.equal(await code('failOn=should'), 1, 'OPT-4 is SHOULD')
  t.equal(await code('profile=strict'), 1)
  t.equal(await code('profile=strict', 'failOn=must'), 0)
  t.equal(await code('profile=mozcloud'), 1, 'the platform wants port 8000')
  t.equal(await code('failOn=may'), 1)
  const required = await check({ targets: [join(dir, 'Dockerfile')], require: ['x-3'] })
  t.equal(required.exitCode, 1)
  t.match(
    required.report.results.find(({ id }) => id === 'X-3'),
    { verdict: 'fail', message: /It is required/ }
  )
  await t.rejects(check({ targets: [dir], require: ['NO-1'] }), { message: /NO-1 is not the id of a rule/ })
})

test('a waiver lets off until its day, with its reason', async (t) => {
  const dir = t.testdir({ Dockerfile: BAD })
  const waive = (yaml: string) => writeFileSync(join(dir, 'dockerflow.yaml'), yaml)
  const all = ['APP-3', 'IMG-1', 'IMG-2', 'IMG-3', 'IMG-4', 'IMG-5']
  const list = (until: string, more = '') =>
    `waivers:\n${all.map((id) => `  - { rule: ${id}, reason: it moves, until: ${until}${more} }\n`).join('')}`
  waive(list('2999-01-01'))
  const waived = await check({ targets: [dir] })
  t.equal(waived.exitCode, 0)
  t.match(
    waived.report.results.find(({ id }) => id === 'IMG-1'),
    { verdict: 'waived', message: /Waived until 2999-01-01: it moves/ }
  )
  t.equal(toGithub(waived.report).includes('IMG-1'), false, 'no annotation of what is waived')
  t.equal(toSarif(waived.report).includes('IMG-1'), false)
  t.match(toMarkdown(waived), /<summary>Waived<\/summary>/)
  waive(list('2020-01-01'))
  const over = await check({ targets: [dir] })
  t.equal(over.exitCode, 1)
  t.match(
    over.report.results.find(({ id }) => id === 'IMG-1'),
    { message: /Its waiver ended on 2020-01-01/ }
  )
  waive(list('2999-01-01', ', path: other/'))
  t.equal((await check({ targets: [dir] })).exitCode, 1, 'of another place')
  waive(list('2999-01-01', ', path: Dockerfile'))
  t.equal((await check({ targets: [dir] })).exitCode, 0)
  for (const [yaml, message] of [
    ['waivers: [{ rule: IMG-1, until: 2999-01-01 }]', /:1: expected a reason in each waiver/],
    ['waivers: [{ rule: IMG-1, reason: a }]', /expected an end date in each waiver/],
    ['waivers: [{ rule: IMG-1, reason: a, until: soon }]', /expected an end date/],
    ['waivers: [{ rule: IMG-99, reason: a, until: 2999-01-01 }]', /expected the id of a rule, not "IMG-99"/],
    ['waivers: [{ rule: IMG-1, reason: a, until: 2999-01-01, why: b }]', /not "why"/],
    ['waivers: { a: b }', /expected a list/],
    ['profile: lax', /expected spec, strict or mozcloud/],
    ['failOn: never', /expected must, should or may/],
    ['dockerfiles: [{}]', /expected the path of a Dockerfile/],
    ['rules: []', /not "rules"/],
    ['- a', /expected an object/],
    ['{', /is not YAML/]
  ] as const) {
    waive(yaml)
    await t.rejects(check({ targets: [dir] }), { message })
  }
  waive('profile: strict\nrequire: [X-3]\ndockerfiles: [Dockerfile, { file: build/Dockerfile, target: a }]\n')
  mkdirSync(join(dir, 'build'))
  writeFileSync(join(dir, 'build/Dockerfile'), `${GOOD.replace('slim', 'slim AS a')}FROM scratch\n`)
  const { report } = await check({ targets: [dir] })
  t.equal(report.profile, 'strict')
  t.ok(
    report.results.some(
      ({ id, verdict, where }) =>
        id === 'IMG-5' && verdict === 'pass' && where && 'file' in where && where.file === 'build/Dockerfile'
    )
  )
  await t.rejects(check({ targets: [dir], config: join(dir, 'gone.yaml') }), {
    message: /gone\.yaml can not be read: ENOENT/
  })
})

test('a comment in the Dockerfile lets a line off, or a stage', async (t) => {
  const dir = t.testdir({
    line: GOOD.replace('USER app', '# dockerflow ignore=IMG-5: the platform sets it\nUSER web'),
    stage: `# dockerflow ignore-stage=IMG-5,IMG-4\n${GOOD.replace('USER app\n', '').replace(/ENTRYPOINT.*\n/, '')}`,
    other: `# dockerflow ignore-stage=IMG-5\nFROM node:24 AS a\n${GOOD.replace('USER app\n', '')}`
  })
  const of = async (name: string) => (await check({ targets: [join(dir, name)] })).report.results
  t.match(
    (await of('line')).find(({ id }) => id === 'IMG-5'),
    { verdict: 'waived' }
  )
  t.match(
    (await of('stage')).filter(({ verdict }) => verdict === 'waived').map(({ id }) => id),
    ['IMG-4', 'IMG-5']
  )
  t.match(
    (await of('other')).find(({ id }) => id === 'IMG-5'),
    { verdict: 'fail' }
  )
})

test('--baseline waives what an earlier report found, and nothing new', async (t) => {
  const dir = t.testdir({ Dockerfile: BAD })
  const before = await run(['.', '--format', 'json', '--output', 'before.json'], dir)
  t.strictSame([before.out, before.code], ['', 1])
  writeFileSync(join(dir, 'Dockerfile'), `# a line above\n${BAD}`)
  t.equal((await run(['.', '--baseline', 'before.json'], dir)).code, 0)
  writeFileSync(join(dir, 'Dockerfile'), `${BAD}ENV API_TOKEN=abc\n`)
  t.equal((await run(['.', '--baseline', 'before.json'], dir)).code, 1)
  writeFileSync(join(dir, 'other.json'), '{}')
  t.match(await run(['.', '--baseline', 'other.json'], dir), { code: 2, err: /is not a report/ })
  t.match(await run(['.', '--baseline', 'Dockerfile'], dir), { code: 2, err: /is not JSON/ })
})

test('a repository, its image and its service are judged together', async (t) => {
  const dir = t.testdir({ Dockerfile: GOOD, 'version.json': JSON.stringify(version), 'server.js': '' })
  writeFileSync(join(dir, 'shop.tar'), saved())
  const url = await serve(t, {
    '/__lbheartbeat__': [200],
    '/__heartbeat__': [200, '{"checks":{}}'],
    '/__version__': [200, JSON.stringify(version)]
  })
  const { report, exitCode } = await check({ targets: [dir, join(dir, 'shop.tar'), url] })
  t.equal(exitCode, 0)
  t.strictSame(
    report.targets.map(({ kind }) => kind),
    ['repository', 'image', 'url']
  )
  t.match(
    report.results.find(({ id }) => id === 'APP-4'),
    { verdict: 'pass', where: { url: `${url}/__version__`, status: 200 } }
  )
  t.match(
    report.results.find(({ id }) => id === 'X-5'),
    { verdict: 'pass' }
  )
})

test('images are read from archives and layouts, packed or not', async (t) => {
  const dir = t.testdir({})
  writeFileSync(join(dir, 'saved.tar'), saved())
  writeFileSync(join(dir, 'saved.tar.gz'), gzipSync(saved()))
  writeFileSync(
    join(dir, 'oci.tar'),
    archive(layout([{ packing: 'zstd' }, { architecture: 'arm64' }], { nested: true }))
  )
  writeFiles(join(dir, 'layout'), layout([{ packing: 'none' }]))
  for (const name of ['saved.tar', 'saved.tar.gz', 'oci.tar', 'layout']) {
    const { report, exitCode } = await check({ targets: [join(dir, name)] })
    t.equal(exitCode, 0, name)
    t.strictSame(report.targets[0]?.kind, 'image')
    t.ok(
      report.results.filter(({ id }) => /^IMG/.test(id)).every(({ verdict }) => verdict === 'pass'),
      name
    )
  }
})

test('hostile images are refused in one clear line', async (t) => {
  const dir = t.testdir({ 'empty.tar': '', 'text.tar': 'x'.repeat(2000) })
  const files: Record<string, [Buffer, RegExp]> = {
    'out.tar': [saved({ layers: [[{ name: '../../etc/passwd', body: 'x' }]] }), /leads out of the image/],
    'cut.tar': [saved().subarray(0, 3000), /is cut off|lacks/],
    'size.tar': [
      saved({ layers: [[{ name: 'a', size: 2 ** 32 }]] }),
      /cut off|can not be unpacked|is not a tar/
    ],
    'header.tar': [
      saved({ layers: [[{ name: 'a', type: 'L', body: Buffer.alloc(2_000_000, 'a') }]] }),
      /header of more than 1 MB/
    ],
    'nothing.tar': [archive(new Map([['a', Buffer.from('a')]])), /holds no image/],
    'index.tar': [
      archive(
        new Map([
          ['oci-layout', Buffer.from('{}')],
          ['index.json', Buffer.from('x')]
        ])
      ),
      /index\.json of .* is not JSON/
    ],
    'lacks.tar': [
      archive(new Map([['manifest.json', Buffer.from('[{"Config":"a.json","Layers":[]}]')]])),
      /lacks a\.json/
    ]
  }
  for (const [name, [bytes, message]] of Object.entries(files)) {
    writeFileSync(join(dir, name), bytes)
    const { unreadable, exitCode } = await check({ targets: [join(dir, name)] })
    t.equal(exitCode, 2, name)
    t.match(unreadable, [message])
    t.notMatch(unreadable[0], /\n/)
  }
  for (const name of ['empty.tar', 'text.tar'])
    t.equal((await check({ targets: [join(dir, name)] })).exitCode, 2, name)
})

test('links in an image lead nowhere outside of it', async (t) => {
  const path = join(t.testdir({}), 'image.tar')
  const layer = [
    ...goodFiles.slice(0, -1),
    { name: 'app/version.json', type: '2', link: '../../../../../../etc/passwd' },
    { name: 'loop', type: '2', link: 'loop' }
  ]
  writeFileSync(path, saved({ layers: [layer] }))
  const { report } = await check({ targets: [path] })
  t.match(
    report.results.find(({ id }) => id === 'APP-3a'),
    { verdict: 'fail', message: /is not JSON/ }
  )
})

test('hostile Dockerfiles and repositories are bounded', async (t) => {
  const bombs = Array.from(
    { length: 9 },
    (_, at) => `a${at + 1}: &a${at + 1} [${Array(9).fill(`*a${at}`).join(', ')}]`
  ).join('\n')
  const dir = t.testdir({
    large: `FROM node:24\n${'# x\n'.repeat(1_300_000)}`,
    binary: 'FROM a\0',
    empty: '',
    deep: Array.from(
      { length: 3000 },
      (_, at) => `FROM ${at === 0 ? 'scratch' : `s${at - 1}`} AS s${at}\n`
    ).join(''),
    repository: {
      Dockerfile: GOOD,
      'version.json': '{}',
      '.github': { workflows: { 'bomb.yml': `a0: &a0 [x]\n${bombs}\n` } },
      k8s: { 'a.yaml': 'apiVersion: v1\nkind: Pod\nspec: [' }
    },
    nothing: { 'a.txt': '' },
    folder: {}
  })
  const of = async (name: string) => check({ targets: [join(dir, name)] })
  t.match(await of('large'), { exitCode: 2, unreadable: [/larger than 1 MB/] })
  t.match(await of('binary'), { exitCode: 2, unreadable: [/is binary/] })
  t.match(await of('empty'), { exitCode: 2, unreadable: [/has no FROM/] })
  t.match(await of('deep'), { exitCode: 1 })
  t.match(
    (await of('repository')).report.results.find(({ id }) => id === 'IMG-5'),
    { verdict: 'pass' }
  )
  t.match(await of('nothing'), { exitCode: 2, unreadable: [/holds nothing to check/] })
  t.match(await of('folder'), { exitCode: 2 })
})

test('a service that can not be reached is exit code 2, in one line', async (t) => {
  const closed = createTcpServer()
  await new Promise<void>((resolve) => closed.listen(0, '127.0.0.1', resolve))
  const { port } = closed.address() as AddressInfo
  await new Promise((resolve) => closed.close(resolve))
  const of = async (url: string, timeout = 20_000) => check({ targets: [url], timeout })
  t.match(await of(`http://127.0.0.1:${port}`), { exitCode: 2, unreadable: [/refused the connection/] })
  t.match(await of('http://'), { exitCode: 2, unreadable: [/is not an http\(s\) URL/] })
  const plain = await serve(t, {})
  t.match(await of(plain.replace('http:', 'https:')), { exitCode: 2, unreadable: [/TLS|can not be asked/] })
  const raw = (data: string) =>
    new Promise<string>((resolve) => {
      const server = createTcpServer((socket) => {
        socket.on('error', () => {})
        socket.on('data', () => socket.write(data))
      })
      t.teardown(() => server.close())
      server.listen(0, '127.0.0.1', () =>
        resolve(`http://127.0.0.1:${(server.address() as AddressInfo).port}`)
      )
    })
  t.match(await of(await raw('SSH-2.0-x\r\n')), { exitCode: 2, unreadable: [/does not speak HTTP/] })
  t.match(await of(await raw(''), 500), { exitCode: 2, unreadable: [/did not answer within 0\.5 s/] })
  t.match(await of(await raw(`HTTP/1.1 200 OK\r\nx: ${'a'.repeat(40_000)}\r\n\r\n`)), {
    exitCode: 2,
    unreadable: [/headers of more/]
  })
  const lying = await of(await raw('HTTP/1.1 200 OK\r\ncontent-length: 100\r\n\r\nOK'), 500)
  t.match(lying, { exitCode: 1 })
  t.match(
    lying.report.results.find(({ id }) => id === 'APP-6'),
    { verdict: 'fail', message: /did not end within/ }
  )
})

test('wrong usage is exit code 2, in one line', async (t) => {
  for (const [args, message] of [
    [['--format', 'xml'], /--format is one of text, json, sarif, markdown, github, not "xml"/],
    [['--profile', 'lax'], /--profile is one of/],
    [['--fail-on', 'never'], /--fail-on is one of/],
    [['--timeout', '0'], /--timeout is a number/],
    [['--header', 'x'], /--header is/],
    [['--url', 'x'], /--url is a URL/],
    [['--run'], /--run takes a target docker/],
    [['docker://a', '--run', '--dependency', 'db'], /--dependency is NAME=PORT/],
    [['docker://a', '--run', '--env', '1=2'], /--env is NAME=VALUE/],
    [['--explain', 'NO-1'], /NO-1 is not the id of a rule/],
    [['--require', 'NO-1', '.'], /NO-1 is not the id of a rule/],
    [['--no-such-option'], /--no-such-option/]
  ] as const) {
    const { err, code } = await call(t, [...args])
    t.equal(code, 2)
    t.match(err, message)
    t.match(err, /^dockerflow check: [^\n]*\n$/)
  }
})

test('--list names all rules, --explain one, --help the options', async (t) => {
  const { out } = await run(['--list'])
  for (const { id, level } of rules) t.match(out, new RegExp(`^  ${id} +${level} `, 'm'))
  t.ok(out.split('\n').every((line) => line.length <= 80))
  const explained = await run(['--explain', 'app-3B'])
  t.match(explained.out, /^APP-3b \(MUST\): The version object holds no placeholder\nlooks at /)
  t.equal(explained.code, 0)
  t.match((await run(['--help'])).out, /^usage: dockerflow check/)
})

test('the report for people fits 80 columns, with and without colour, and shows no control character', async (t) => {
  const dir = t.testdir({ Dockerfile: BAD.replace('/srv', '/srv/\u001b[31m') })
  const outcome = await check({ targets: [join(dir, 'Dockerfile')] })
  const plain = toText(outcome, { color: false, width: 80 })
  const color = toText(outcome, { color: true, width: 80 })
  // biome-ignore lint/suspicious/noControlCharactersInRegex: colours are control characters
  const stripped = color.replace(/\u001b\[\d+m/g, '')
  t.equal(stripped, plain)
  const long = plain.split('\n').filter((line) => line.length > 80 && !line.includes(dir))
  t.strictSame(long, [])
  t.match(plain, /\\u001b\[31m/)
  t.match(plain, /does not comply\n\d+ failed \(\d+ MUST/)
})

test('SARIF, Markdown and annotations say what failed, and where', async (t) => {
  const dir = t.testdir({ Dockerfile: BAD })
  const outcome = await check({ targets: [dir] })
  const { runs } = JSON.parse(toSarif(outcome.report))
  const found = runs[0].results.find(({ ruleId }: { ruleId: string }) => ruleId === 'IMG-1')
  t.match(found, {
    level: 'error',
    locations: [{ physicalLocation: { artifactLocation: { uri: 'Dockerfile' }, region: { startLine: 3 } } }]
  })
  t.equal(runs[0].tool.driver.rules[found.ruleIndex].id, 'IMG-1')
  t.match(toMarkdown(outcome), /\| \[IMG-1\]\(https:[^)]*\) \| MUST \| Dockerfile:3 \| /)
  t.match(
    toGithub(outcome.report),
    /^::error file=Dockerfile,line=3,title=Dockerfile IMG-1::|^::error file=Dockerfile,line=3,title=Dockerflow IMG-1::/m
  )
  const path = join(dir, 'image.tar')
  writeFileSync(path, saved({ config: { User: 'a|b' } }))
  const image = await check({ targets: [path] })
  t.match(
    toGithub(image.report),
    /^::error title=Dockerflow IMG-5::The user is a\|b: expected app\. \(image: config\/User/m
  )
  t.match(toMarkdown(image), /a\\\|b/)
  t.match(toSarif(image.report), /fullyQualifiedName": "image: config\/User/)
})

test('the published schema is what the build writes', async (t) => {
  const built = JSON.parse(readFileSync(new URL('../dist/report.schema.json', import.meta.url), 'utf8'))
  t.strictSame(built, JSON.parse(JSON.stringify(Report)))
})

test("the docs' page of rules is made from the rules", async (t) => {
  const page = readFileSync(new URL('../../../docs/conformance-rules.md', import.meta.url), 'utf8')
  t.equal(page, rulesPage(), '`pnpm run rules` writes it down')
})
