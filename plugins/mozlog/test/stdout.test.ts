import { execFileSync, spawn } from 'node:child_process'
import { once } from 'node:events'
import { closeSync, constants, openSync, writeSync } from 'node:fs'
import { createInterface } from 'node:readline'
import { text } from 'node:stream/consumers'
import { setTimeout as sleep } from 'node:timers/promises'
import { guarded } from '@dockerflow/testing/guard'
import { test } from 'tap'
import { createMozlog } from '../src/index.ts'
import { stdout } from '../src/stdout.ts'

const index = new URL('../src/index.ts', import.meta.url).href
const prelude = `import { createMozlog } from ${JSON.stringify(index)}; const log = createMozlog();`
// What is built, for where counting coverage would take too long, or has no room.
const builtPrelude = prelude.replace(index, import.meta.resolve('@dockerflow/mozlog'))

/** Runs a program, its stdout through `pipe`, a shell's. */
function run(program: string, pipe = '', measured = true) {
  const command = `"$NODE" "$@" --input-type=module -e "$PROGRAM" ${pipe}`
  const env = {
    ...process.env,
    ...(measured ? {} : { _TAPJS_PROCESSINFO_COVERAGE_: '0' }),
    NODE: process.execPath,
    PROGRAM: (measured ? prelude : builtPrelude) + program
  }
  return guarded(
    spawn('sh', ['-c', command, 'sh', ...(measured ? process.execArgv : [])], {
      env,
      stdio: ['ignore', 'pipe', 'pipe']
    })
  )
}

test('a line right before the end of the process is written, however it ends', async (t) => {
  const ends = {
    'process.exit(3)': [3, null],
    'setTimeout(() => { throw new Error("uncaught") })': [1, null],
    'Promise.reject(new Error("unhandled"))': [1, null],
    'process.kill(process.pid, "SIGTERM"); setTimeout(() => {}, 5000)': [null, 'SIGTERM'],
    'process.kill(process.pid, "SIGKILL"); setTimeout(() => {}, 5000)': [null, 'SIGKILL'],
    'process.abort()': [null, 'SIGABRT']
  }
  for (const [end, expected] of Object.entries(ends)) {
    const child = run(`log.info("first"); log.fatal("last"); ${end}`, '')
    const [out] = await Promise.all([text(child.stdout), once(child, 'exit')])
    const messages = out
      .split('\n')
      .filter(Boolean)
      .map((line) => JSON.parse(line).Fields.msg)
    t.strictSame(messages, ['first', 'last'], `${end}: ${expected}`)
  }
})

test('a summary that waits for others is written when the process exits, and before the next line', async (t) => {
  const summary = `
    import Fastify from 'fastify'; import plugin, { mozlogServerOptions } from ${JSON.stringify(index)}
    const app = Fastify({ ...mozlogServerOptions() }); await app.register(plugin)
    for (let i = 0; i < 3; i++) await app.inject('/' + i)
    app.log.info('after'); await app.inject('/3'); await app.inject('/4')
    app.log.flush(); await app.inject('/5'); await new Promise((r) => setTimeout(r, 50)); await app.inject('/6')
    process.exit()`
  const child = run(summary)
  const [out] = await Promise.all([text(child.stdout), once(child, 'exit')])
  t.strictSame(
    out
      .split('\n')
      .filter(Boolean)
      .map((line) => {
        const { Fields } = JSON.parse(line)
        return Fields.path ?? Fields.msg
      }),
    ['/0', '/1', '/2', 'after', '/3', '/4', '/5', '/6']
  )
})

test('what comes soon after a write waits for more, what comes after a pause does not', async (t) => {
  const child = run(`
    import { stdout } from ${JSON.stringify(new URL('../src/stdout.ts', import.meta.url).href)}
    const later = setTimeout, delays = [], out = stdout()
    let now = 1000
    Date.now = () => now
    globalThis.setTimeout = (callback, delay) => { delays.push(delay); return later(callback, delay) }
    out.holding = true
    for (const pause of [0, 1, 6]) { now += pause; out.write('"held"\\n'); out.flush() }
    console.log(JSON.stringify(delays))`)
  const [out] = await Promise.all([text(child.stdout), once(child, 'exit')])
  t.equal(out, '"held"\n"held"\n"held"\n[0,5,0]\n')
})

test('300 MB of lines to a slow reader: none is lost or torn, and memory stays bounded', async (t) => {
  // A pipe that doesn't block, as it is once someone has looked at process.stdout, is the harder case.
  for (const [count, nonBlocking] of [
    [40_000, ''],
    [40_000, 'process.stdout;']
  ] as const) {
    // Longer than what a pipe takes whole or not at all (PIPE_BUF).
    const program = `${nonBlocking} const pad = 'a'.repeat(8000)
      for (let i = 0; i < ${count}; i++) log.info({ i, pad }, "x")
      process.stderr.write(String(process.resourceUsage().maxRSS))`
    const child = run(program, '', false)
    let next = 0
    for await (const line of createInterface({ input: child.stdout })) {
      const start = line.indexOf('"i":') + 4
      if (Number(line.slice(start, line.indexOf(',', start))) !== next || !line.endsWith('"msg":"x"}}')) break
      next++
      if (next % 250 === 0) await sleep(1)
    }
    t.equal(next, count)
    t.ok(Number(await text(child.stderr)) < 250 * 1024, 'kilobytes')
  }
})

test('a long line, and a reader that leaves', async (t) => {
  const long = run(`log.info("x".repeat(60000)); log.info({ a: "é".repeat(60000), b: "y".repeat(60000) })`)
  const out = await text(long.stdout)
  t.strictSame(
    out.split('\n').map((line) => line.length > 1000),
    [true, true, false]
  )
  const left = run(
    'for (let i = 0; i < 100000; i++) log.info({ i }); process.stderr.write("done")',
    '| head -n 1'
  )
  t.equal((await text(left.stdout)).split('\n').length, 2)
  t.equal(await text(left.stderr), 'done')
})

test('a full pipe that does not block is waited for', async (t) => {
  const fifo = `${t.testdir({})}/fifo`
  execFileSync('mkfifo', [fifo])
  const fd = openSync(fifo, constants.O_RDWR | constants.O_NONBLOCK)
  t.teardown(() => closeSync(fd))
  let filled = 0
  try {
    for (;;) filled += writeSync(fd, 'x'.repeat(4096))
  } catch (err) {
    t.match(err, { code: 'EAGAIN' })
  }
  const reader = guarded(
    spawn('sh', ['-c', `sleep 1; head -c ${filled + 6} "$FIFO"`], {
      env: { ...process.env, FIFO: fifo }
    })
  )
  const read = text(reader.stdout)
  stdout({ fd }).write('a line')
  t.equal((await read).slice(filled), 'a line')
})

test('a full disk throws nothing, keeps what it can, and tears no line once there is room', async (t) => {
  const full = openSync('/dev/full', 'w')
  t.teardown(() => closeSync(full))
  const out = stdout({ fd: full })
  const log = createMozlog({ stream: out })
  for (let i = 0; i < 100; i++) log.info({ pad: 'x'.repeat(20_000) })
  t.equal(out.closed, false)

  // A file's size limit stops a write in the middle of a line.
  const { testdirName } = t
  t.testdir({})
  const program = `${builtPrelude}
    import { ftruncateSync, readFileSync } from 'node:fs'
    for (let i = 0; i < 10; i++) log.info({ pad: 'x'.repeat(300) })
    let all = ''
    for (let i = 0; i < 20; i++) {
      all += readFileSync('/dev/fd/1', 'utf8')
      ftruncateSync(1, 0)
      log.flush()
    }
    process.stderr.write(all)`
  const limit = 'ulimit -f 1; trap "" XFSZ; exec "$NODE" --input-type=module -e "$PROGRAM" >> "$FILE"'
  const env = {
    ...process.env,
    _TAPJS_PROCESSINFO_COVERAGE_: '0',
    NODE: process.execPath,
    FILE: `${testdirName}/log`,
    PROGRAM: program
  }
  const limited = guarded(spawn('sh', ['-c', limit], { env, stdio: ['ignore', 'ignore', 'pipe'] }))
  // Other complaints of a process that is limited so are no lines of the log.
  const written = (await text(limited.stderr)).split('\n').filter((line) => line.startsWith('{"Timestamp'))
  t.equal(written.length, 10)
  for (const line of written) t.equal(JSON.parse(line).Fields.pad.length, 300)
})

test('flush calls back', async (t) => {
  await new Promise<void>((resolve) => createMozlog().flush(() => resolve()))
  stdout().flush()
  t.pass('called')
})
