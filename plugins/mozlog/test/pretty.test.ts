import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { readFile } from 'node:fs/promises'
import { text } from 'node:stream/consumers'
import { stripVTControlCharacters } from 'node:util'
import { guarded } from '@dockerflow/testing/guard'
import Fastify from 'fastify'
import { test } from 'tap'
import fastifyMozlog, { createMozlog, mozlogServerOptions } from '../src/index.ts'
import transport, { type MozlogPrettyOptions, mozlogPretty } from '../src/pretty.ts'

function pretty(opts: MozlogPrettyOptions = {}) {
  const shown: string[] = []
  const stream = mozlogPretty({
    color: false,
    destination: { write: (written) => shown.push(written) },
    ...opts
  })
  return { stream, all: () => shown.join('').replaceAll(/^\d\d:\d\d:\d\d\.\d{3} /gm, '') }
}

const stamp = '"Timestamp":1763664000123000000'

test('a line has time, level, type, message and fields, aligned', async (t) => {
  const shown: string[] = []
  const stream = mozlogPretty({ color: false, destination: { write: (written) => shown.push(written) } })
  const log = createMozlog({ stream, level: 'trace' })
  log.warn({ type: 'cart.added', items: 3, list: [1, 2], empty: '', spaced: 'a b' }, 'added')
  t.match(
    shown[0],
    /^\d\d:\d\d:\d\d\.\d{3} WARN {2}cart\.added added items=3 list=\[1,2\] empty="" spaced="a b"\n$/
  )
  for (const level of ['trace', 'debug', 'info', 'error', 'fatal'] as const) log[level]('x')
  log.info({})
  t.strictSame(
    shown.slice(1).map((line) => line.slice(13)),
    [
      'DEBUG app.log    x\n',
      'DEBUG app.log    x\n',
      'INFO  app.log    x\n',
      'ERROR app.log    x\n',
      'FATAL app.log    x\n',
      'INFO  app.log\n'
    ]
  )
})

test('a request is one sentence, and an error readable', async (t) => {
  const { stream, all } = pretty()
  const app = Fastify({ ...mozlogServerOptions({ stream }) })
  t.teardown(() => app.close())
  await app.register(fastifyMozlog, { querystring: true, remoteAddressChain: false })
  app.get('/fail', async () => {
    throw new Error('x', { cause: new Error('y') })
  })
  const headers = { 'x-request-id': 'r1', 'user-agent': 't' }
  await app.inject({ url: '/no?a=1', headers })
  t.match(all(), /^INFO {2}request\.summary GET \/no\?a=1 404 \d+ ms agent=t rid=r1\n$/)
  await app.inject({ url: '/fail', headers })
  t.match(
    all(),
    /\nERROR request\.summary GET \/fail 500 \d+ ms .*error="Error: x".*\n {4}Error: x\n {8}at .*\n/
  )
  t.match(all(), /\n {4}\[cause\] Error: y\n {8}at /)
  const lone = pretty()
  createMozlog({ stream: lone.stream }).error({ err: { message: 'only' } }, undefined)
  t.match(lone.all(), /^ERROR app\.log only error="Error: only"\n {4}Error: only\n$/)
  lone.stream.write(`{${stamp},"Fields":{"error":"E: no message"}}\n`)
  t.match(lone.all(), /\nINFO +E: no message\n$/)
})

test('what is no mozlog line passes', async (t) => {
  const { stream, all } = pretty({ level: 'error', type: 'x' })
  const others = ['plain', '', '{"level":30}', '[1]', 'null', '{"Timestamp":"1"}', `{${stamp},"Severity":9}`]
  const odd = [`{${stamp},"Type":7}`, `{${stamp},"Fields":7}`, `{${stamp},"Severity":"x"}`]
  for (const line of [...others, ...odd]) stream.write(`${line}\n`)
  t.equal(all(), `${[...others, ...odd].join('\n')}\n`)
})

test('level, type and grep choose what is shown', async (t) => {
  const lines = [
    `{${stamp},"Type":"a.b","Severity":7,"Fields":{"msg":"one"}}\n`,
    `{${stamp},"Type":"a.c","Severity":4,"Fields":{"msg":"two"}}\n`,
    `{${stamp},"Type":"d","Severity":2,"Fields":{"msg":"three"}}\nplain\n`
  ]
  const cases: [opts: MozlogPrettyOptions, shown: string[]][] = [
    [{}, ['one', 'two', 'three', 'plain']],
    [{ level: 'warn' }, ['two', 'three', 'plain']],
    [{ level: 'fatal' }, ['three', 'plain']],
    [{ type: 'a.c' }, ['two', 'plain']],
    [{ type: 'a.*' }, ['one', 'two', 'plain']],
    [{ grep: '"t[wh]' }, ['two', 'three']],
    [{ grep: 'pla' }, ['plain']]
  ]
  for (const [opts, shown] of cases) {
    const { stream, all } = pretty(opts)
    for (const line of lines) stream.write(line)
    t.strictSame(all().match(/one|two|three|plain/g), shown)
  }
})

test('nothing reaches the terminal that would drive it', async (t) => {
  const evil = '\u001b[31m\u009b2J\u0007\b\r\u202e\u2028\u0085\u200b\u{e0001}é😀'
  const { stream, all } = pretty()
  const log = createMozlog({ stream, logger: evil })
  log.info(
    { type: evil, [evil]: evil, list: [evil], err: Object.assign(new Error(evil), { name: evil }) },
    evil
  )
  stream.write(`${evil}\n`)
  stream.write(`{${stamp},"Type":"request.summary","Fields":{"method":"\u202e","path":["\\u001b[2J"]}}\n`)
  t.notMatch(all().replaceAll('\n', ''), /[^\P{C}\t]|[\u2028\u2029]/u)
  t.match(all(), /é😀/)
  t.match(all(), /\\u001b\[31m\\u009b2J\\u0007/)
})

test('lines may come in any pieces, and a line without end is shown in pieces', async (t) => {
  const { stream, all } = pretty()
  const bytes = Buffer.from(`{${stamp},"Fields":{"msg":"é😀"}}\nlast é`)
  for (const byte of bytes) stream.write(Buffer.from([byte]))
  stream.end()
  await once(stream, 'finish')
  t.equal(all(), 'INFO   é😀\nlast é\n')
  const long = pretty()
  for (let i = 0; i < 5; i++) long.stream.write('x'.repeat(1024 * 1024))
  long.stream.end()
  await once(long.stream, 'finish')
  t.ok(long.all().length > 5 * 1024 * 1024)
})

test('colours come when they are asked for', async (t) => {
  const { stream, all } = pretty({ color: true })
  createMozlog({ stream }).error({ a: 1 }, 'x')
  t.match(all(), '\u001b[31mERROR\u001b[39m')
  t.match(stripVTControlCharacters(all()), /^[\d:.]{12} ERROR app\.log x a=1\n$/)
})

test('bad options are coded TypeErrors', async (t) => {
  const cases: [opts: object, message: string][] = [
    [{ level: 'loud' }, 'option "level" must be one of trace, debug, info, warn, error, fatal'],
    [{ type: 1 }, 'option "type" must be a string'],
    [{ grep: '(' }, 'option "grep" must be a regular expression'],
    [{ color: 'red' }, 'option "color" must be true or false'],
    [{ destination: 1 }, 'option "destination" must be a stream, with a function write'],
    [{ colour: 1 }, 'option "colour" is unknown; the options are: level, type, grep, color, destination']
  ]
  for (const [opts, message] of cases) {
    t.throws(() => mozlogPretty(opts), {
      code: 'DOCKERFLOW_MOZLOG_INVALID_OPTION',
      message: `@dockerflow/mozlog: ${message}`
    })
  }
})

test('it is a pino transport', async (t) => {
  t.throws(() => transport({ $context: {}, level: 'loud' }), { code: 'DOCKERFLOW_MOZLOG_INVALID_OPTION' })
  const program = `
    import { pino } from 'pino'; import { createMozlog } from '@dockerflow/mozlog'
    const stream = pino.transport({ target: '@dockerflow/mozlog/pretty', options: { color: false } })
    stream.on('ready', () => { createMozlog({ stream }).info('through a worker'); stream.end() })`
  // A clean environment: what tap puts into it for its children keeps a worker thread from starting.
  const args = ['-i', process.execPath, '--input-type=module', '-e', program]
  const child = guarded(spawn('env', args, { stdio: ['ignore', 'pipe', 'inherit'] }))
  t.match(await text(child.stdout), /INFO {2}app\.log through a worker\n$/)
})

const command = new URL('../src/mozlog-pretty.ts', import.meta.url).pathname

async function run(args: string[], input: string) {
  const child = guarded(spawn(process.execPath, [...process.execArgv, command, ...args]))
  child.stdin.on('error', () => {})
  child.stdin.end(input)
  const [out, err, [code]] = await Promise.all([text(child.stdout), text(child.stderr), once(child, 'close')])
  return { out, err, code }
}

test('mozlog-pretty reads stdin', async (t) => {
  const input = `{${stamp},"Severity":7,"Fields":{"msg":"low"}}\n{${stamp},"Severity":3,"Fields":{"msg":"high"}}\nplain`
  const { out, err, code } = await run(['--level', 'error', '--no-color'], input)
  t.match(out, /^[\d:.]{12} ERROR {2}high\nplain\n$/)
  t.strictSame([err, code], ['', 0])
})

test('mozlog-pretty has a help, and says what it does not know', async (t) => {
  const help = await run(['--help'], '')
  t.match(help.out, /^usage: /)
  t.equal(help.code, 0)
  for (const [args, message] of [
    [['--colour'], /Unknown option '--colour'/],
    [['--level', 'loud'], /option "level" must be one of/],
    [['--grep', '('], /option "grep" must be a regular expression/]
  ] as const) {
    const { out, err, code } = await run([...args], '')
    t.equal(out, '')
    t.match(err, message)
    t.match(err, /^mozlog-pretty: [^\n]*; see mozlog-pretty --help\n$/)
    t.equal(code, 2)
  }
})

test('mozlog-pretty survives Ctrl-C until its input ends, and ends when its reader does', async (t) => {
  const child = guarded(spawn(process.execPath, [...process.execArgv, command]))
  t.teardown(() => child.kill('SIGKILL'))
  child.stdin.write('ready\n')
  await once(child.stdout, 'data')
  child.kill('SIGINT')
  child.stdin.end('after\n')
  t.equal(await text(child.stdout), 'after\n')
  const left = guarded(spawn(process.execPath, [...process.execArgv, command]))
  t.teardown(() => left.kill('SIGKILL'))
  left.stdin.on('error', () => {})
  left.stdin.write('ready\n')
  await once(left.stdout, 'data')
  left.stdout.destroy()
  const more = setInterval(() => left.stdin.write('more\n'), 20)
  t.strictSame(await once(left, 'exit'), [0, null])
  clearInterval(more)
})

test('the command is in the package, checked in, and runs what is built', async (t) => {
  const manifest = JSON.parse(await readFile(new URL('../package.json', import.meta.url), 'utf8'))
  t.strictSame(manifest.bin, { 'mozlog-pretty': 'bin/mozlog-pretty.js' })
  t.strictSame(manifest.files, ['bin', 'dist'])
  const file = new URL(`../${manifest.bin['mozlog-pretty']}`, import.meta.url).pathname
  t.match(await readFile(file, 'utf8'), /^#!\/usr\/bin\/env node\n/)
  const child = guarded(spawn(file, ['--help'], { stdio: ['ignore', 'pipe', 'inherit'] }))
  t.match(await text(child.stdout), /^usage: /)
})

test('what is only like a mozlog line passes as it is', async (t) => {
  const input = [
    `{${stamp},"Severity":"length"}`,
    `{${stamp},"Fields":{"msg":{"toString":1}}}`,
    `{${stamp},"Type":"request.summary","Fields":{"method":{"toString":1}}}`
  ].join('\n')
  const { out, code } = await run(['--no-color'], `${input}\n`)
  t.strictSame([out, code], [`${input}\n`, 0])
})

test('a line that comes in very many pieces takes no longer than in one', async (t) => {
  const { stream, all } = pretty()
  const long = 'x'.repeat(1_000_000)
  for (let i = 0; i < long.length; i += 10) stream.write(long.slice(i, i + 10))
  stream.write('\n')
  t.equal(all(), `${long}\n`)
})
