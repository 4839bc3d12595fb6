import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { closeSync, openSync } from 'node:fs'
import { createInterface } from 'node:readline'
import { text } from 'node:stream/consumers'
import { setTimeout as sleep } from 'node:timers/promises'
import { test } from 'tap'
import { createMozlog } from '../src/index.ts'
import { stdout } from '../src/stdout.ts'

// What is built: a process of its own would count its coverage by other offsets.
const index = import.meta.resolve('@dockerflow/mozlog')
const prelude = `import { createMozlog } from ${JSON.stringify(index)}; const log = createMozlog();`

/** Runs a program, its stdout through `pipe`, a shell's. */
function run(program: string, pipe = '') {
  const command = `"$NODE" --input-type=module -e "$PROGRAM" ${pipe}`
  const env = { ...process.env, NODE: process.execPath, PROGRAM: prelude + program }
  return spawn('sh', ['-c', command], { env, stdio: ['ignore', 'pipe', 'pipe'] })
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

test('a million lines to a slow reader: none is lost or torn, and memory stays bounded', async (t) => {
  // A pipe that doesn't block, as it is once someone has looked at process.stdout, is the harder case.
  for (const [count, nonBlocking] of [
    [1_000_000, ''],
    [100_000, 'process.stdout;']
  ] as const) {
    const program = `${nonBlocking} for (let i = 0; i < ${count}; i++) log.info({ i, pad: "a line of some length" }, "x")
      process.stderr.write(String(process.resourceUsage().maxRSS))`
    const child = run(program)
    let next = 0
    for await (const line of createInterface({ input: child.stdout })) {
      const start = line.indexOf('"i":') + 4
      if (Number(line.slice(start, line.indexOf(',', start))) !== next || !line.endsWith('"msg":"x"}}')) break
      next++
      if (next % 10_000 === 0) await sleep(1)
    }
    t.equal(next, count)
    t.ok(Number(await text(child.stderr)) < 400 * 1024, 'kilobytes')
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

test('a full disk throws nothing, keeps what it can, and tears no line once there is room', async (t) => {
  const full = openSync('/dev/full', 'w')
  t.teardown(() => closeSync(full))
  const out = stdout(full)
  const log = createMozlog({ stream: out })
  for (let i = 0; i < 100; i++) log.info({ pad: 'x'.repeat(20_000) })
  t.equal(out.closed, false)

  // A file's size limit stops a write in the middle of a line; /dev/full is what lets none through.
  const dir = t.testdir({ log: '' })
  const limited = spawn(
    'sh',
    ['-c', 'ulimit -f 1; trap "" XFSZ; exec "$NODE" --input-type=module -e "$PROGRAM" > "$FILE"'],
    {
      env: {
        ...process.env,
        NODE: process.execPath,
        FILE: `${dir}/log`,
        PROGRAM: `${prelude}
        import { ftruncateSync, readFileSync, writeFileSync } from 'node:fs'
        for (let i = 0; i < 10; i++) log.info({ pad: 'x'.repeat(300) })
        const before = readFileSync('/dev/fd/1', 'utf8'); ftruncateSync(1, 0)
        log.info('after')
        process.stderr.write(before + readFileSync('/dev/fd/1', 'utf8').replaceAll(String.fromCharCode(0), ''))`
      },
      stdio: ['ignore', 'inherit', 'pipe']
    }
  )
  const written = (await text(limited.stderr)).split('\n').filter(Boolean)
  t.ok(written.length > 1)
  for (const line of written) t.ok(JSON.parse(line))
})

test('flush calls back', async (t) => {
  await new Promise<void>((resolve) => createMozlog().flush(() => resolve()))
  stdout().flush()
  t.pass('called')
})
