// Where lines go: streams that sort, that fail, and a stdout that nobody reads.

import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { Writable } from 'node:stream'
import { text } from 'node:stream/consumers'
import { setTimeout as sleep } from 'node:timers/promises'
import { pino } from 'pino'
import { test } from 'tap'
import { createMozlog } from '../src/index.ts'
import { buildApp } from './fixtures/app.ts'
import { validate } from './fixtures/lines.ts'

const index = new URL('../src/index.ts', import.meta.url).href

/** Runs a program in a process of its own, through a shell's `pipe` if there is one. */
function run(program: string, pipe = '') {
  return spawn(
    'sh',
    ['-c', `"$NODE" "$@" --input-type=module -e "$PROGRAM" ${pipe}`, 'sh', ...process.execArgv],
    {
      env: {
        ...process.env,
        NODE: process.execPath,
        PROGRAM: `import plugin, { createMozlog, mozlogServerOptions } from ${JSON.stringify(index)}; ${program}`
      },
      stdio: ['ignore', 'pipe', 'pipe']
    }
  )
}

const parse = (lines: string) =>
  lines
    .split('\n')
    .filter(Boolean)
    .map((line) => JSON.parse(line))

test('pino.multistream gets each line with its level, a summary and a failed call too', async (t) => {
  const seen: Record<string, string[]> = { info: [], error: [] }
  const to = (name: string) => ({
    write(line: string) {
      const { Type, Fields } = JSON.parse(line)
      seen[name]?.push(Type === 'request.summary' ? `summary ${Fields.path}` : Fields.msg)
    }
  })
  const stream = pino.multistream([
    { level: 'info', stream: to('info') },
    { level: 'error', stream: to('error') }
  ])
  const { app } = await buildApp(t, { mozlog: { stream, level: 'debug' } })
  app.get('/plain', async () => 'x')
  app.get('/debug', async (request) => {
    request.log.debug('a debug line')
    return 'x'
  })
  app.get('/error', async (request) => {
    request.log.error('an error line')
    return 'x'
  })
  for (const url of ['/plain', '/debug', '/error']) await app.inject(url)
  const log = createMozlog({
    stream,
    mixin() {
      throw new Error('mine')
    }
  })
  log.error('x')
  t.strictSame(seen, {
    info: ['summary /plain', 'summary /debug', 'an error line', 'summary /error', 'a log call failed'],
    error: ['an error line', 'a log call failed']
  })
})

test('a pino transport with several targets gets each line at its level', async (t) => {
  const dir = t.testdir({})
  const target = 'pino/file'
  const stream = pino.transport({
    targets: [
      { target, options: { destination: `${dir}/all` } },
      { target, level: 'error', options: { destination: `${dir}/errors` } }
    ]
  })
  createMozlog({ stream }).info('one')
  const log = createMozlog({ stream, googleCloud: true })
  log.error('two')
  const read = (name: string) =>
    parse(existsSync(`${dir}/${name}`) ? readFileSync(`${dir}/${name}`, 'utf8') : '')
  for (let i = 0; read('errors').length === 0 && i < 1000; i++) await sleep(20)
  await sleep(100)
  stream.end()
  t.match(read('all'), [
    { level: 30, Fields: { msg: 'one' } },
    { level: 50, Fields: { msg: 'two' }, severity: 'ERROR' }
  ])
  t.match(read('errors'), [{ level: 50, Fields: { msg: 'two' } }])
  for (const record of read('all')) t.ok(validate(record))
})

test('a log stream that cannot be opened is named on stderr, and lines go there from then on', async (t) => {
  const stream = `pino.transport({ target: 'pino/file', options: { destination: '/nonexistent/app.log' } })`
  const child = run(`import pino from 'pino'; const log = createMozlog({ stream: ${stream} })
    process.on('uncaughtException', () => { log.fatal('crashed'); process.exit(1) })
    setTimeout(() => process.exit(9), 60000)`)
  const [err, [code]] = await Promise.all([text(child.stderr), once(child, 'exit')])
  t.equal(code, 1)
  t.match(parse(err), [
    { Severity: 2, Fields: { msg: 'the log stream failed', error: /ENOENT.*nonexistent/ } },
    { Severity: 2, Fields: { msg: 'crashed' } }
  ])
})

test('a stream that fails, one of a multistream too, is named on stderr once for each reason', async (t) => {
  const program = `import pino from 'pino'; import { Writable } from 'node:stream'
    const broken = new Writable({ write(line, encoding, done) { done() } })
    broken.on('error', () => {})
    const log = createMozlog({ stream: pino.multistream([{ stream: broken }]) })
    for (const reason of ['one', 'one', 'two']) broken.emit('error', new Error(reason))
    log.info('still to the streams')`
  const child = run(program)
  const [err] = await Promise.all([text(child.stderr), once(child, 'exit')])
  t.match(parse(err), [{ Fields: { error: 'Error: one' } }, { Fields: { error: 'Error: two' } }])
})

test('a line that its stream throws at goes to stderr', async (t) => {
  const program = `import Fastify from 'fastify'
    const stream = { write() { throw new Error('no') } }
    createMozlog({ stream }).info('a line')
    const app = Fastify(mozlogServerOptions({ stream })); await app.register(plugin); await app.inject('/')`
  const child = run(program)
  const [err] = await Promise.all([text(child.stderr), once(child, 'exit')])
  t.match(parse(err), [
    { Fields: { msg: 'a log call failed', error: 'Error: no', 'fields.msg': 'a line' } },
    { Type: 'request.summary', Fields: { path: '/' } }
  ])
})

/** Numbered lines, which a pipe holds a small part of. `until` waits for a file, in which nothing else goes on. */
const flood = `import { existsSync } from 'node:fs'
  const log = createMozlog({ writeTimeout: 300 })
  let i = 0
  const write = (count) => { for (let j = 0; j < count; j++) log.info({ i: i++, pad: 'x'.repeat(300) }, 'x') }
  const until = (file) => {
    while (!existsSync(file)) Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 20)
  }
  process.on('exit', () => process.stderr.write(String(i)))
  write(3000)`

/** What is missing of numbered lines, and what they say is missing. */
function losses(lines: string, total: number) {
  let there = 0
  let said = 0
  for (const { Type, Fields } of parse(lines)) {
    if (Type === 'log.dropped') said += Fields.dropped
    else there++
  }
  return { lost: total - there, said }
}

test('a reader that hangs is waited for once, loses whole lines, and reads how many', async (t) => {
  const ends: Record<string, string> = {
    'while the process goes on':
      'setInterval(() => { if (existsSync(process.env.DONE)) process.exit() }, 20)',
    'with the next line': 'until(process.env.DONE); write(10)',
    'as the process exits': 'until(process.env.DONE); process.exit()'
  }
  for (const [name, end] of Object.entries(ends)) {
    const dir = t.testdir({})
    process.env.GO = `${dir}/go`
    process.env.DONE = `${dir}/done`
    const child = run(
      `${flood}; process.stderr.write('full '); ${end}`,
      '| (until [ -e "$GO" ]; do sleep 0.05; done; cat)'
    )
    let err = ''
    child.stderr.on('data', (data) => {
      err += data
    })
    const ended = once(child.stderr, 'end')
    while (err !== 'full ') await sleep(20)
    writeFileSync(process.env.GO, '')
    let out = ''
    for await (const data of child.stdout.setEncoding('utf8')) {
      out += data
      const heard = name.includes('goes on') ? out.includes('log.dropped') : out.length > 50_000
      if (heard) writeFileSync(process.env.DONE, '')
    }
    await ended
    const result = losses(out, Number(err.slice('full '.length)))
    t.ok(result.said > 0, name)
    t.equal(result.lost, result.said, name)
  }
})

test('a reader that is slow, but reads, loses nothing', async (t) => {
  const wait = 'Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 20)'
  const reader = `process.stdin.on('data', (data) => { process.stdout.write(data); ${wait} })`
  const child = run(flood.replace('300', '20000'), `| "$NODE" -e "${reader}"`)
  const [out] = await Promise.all([text(child.stdout), once(child, 'exit')])
  t.strictSame(losses(out, 3000), { lost: 0, said: 0 })
})

test('a destination of Node.js that works is left alone', async (t) => {
  const written: string[] = []
  const stream = new Writable({
    decodeStrings: false,
    write(line, _encoding, done) {
      written.push(line)
      done()
    }
  })
  createMozlog({ stream }).info('x')
  t.equal(parse(written.join('')).length, 1)
})
