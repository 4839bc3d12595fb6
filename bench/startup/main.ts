import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { connect } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { freePort } from '@dockerflow/testing/programs'

// npm run bench -- startup
// From spawn to the first 200 on /__lbheartbeat__, and resident memory when idle: the whole demo against Fastify
// with that one route, in turn, with and without Node's compile cache.

const rounds = 15
const idle = 1000
const file = (path: string) => fileURLToPath(new URL(path, import.meta.url))
const folder = await mkdtemp(join(tmpdir(), 'dockerflow-startup-'))
const cache = { NODE_COMPILE_CACHE: join(folder, 'cache') }
const subjects = [
  { name: 'bare Fastify, one route', entry: file('bare.ts'), env: {} },
  { name: 'demo', entry: file('../../apps/demo/dist/server.js'), env: {} },
  { name: 'bare Fastify, compile cache', entry: file('bare.ts'), env: cache },
  { name: 'demo, compile cache', entry: file('../../apps/demo/dist/server.js'), env: cache }
].map((subject) => ({ ...subject, times: [] as number[], sizes: [] as number[] }))

/** The status that the service answers with, undefined while nothing listens. */
async function ask(port: number): Promise<string | undefined> {
  const socket = connect(port, '127.0.0.1')
  try {
    await once(socket, 'connect')
    socket.write('GET /__lbheartbeat__ HTTP/1.0\r\n\r\n')
    const [reply] = await once(socket, 'data')
    return /^HTTP\/1\.1 (\d+)/.exec(String(reply))?.[1]
  } catch {
    return undefined
  } finally {
    socket.destroy()
  }
}

/** Resident memory in MB. */
async function resident({ pid }: ChildProcess): Promise<number> {
  const status = await readFile(`/proc/${pid}/status`, 'utf8')
  return Number(/VmRSS:\s+(\d+) kB/.exec(status)?.[1]) / 1024
}

async function measure(subject: (typeof subjects)[number]): Promise<void> {
  const port = await freePort()
  const env = { ...process.env, ...subject.env, PORT: `${port}`, HOST: '127.0.0.1' }
  const start = performance.now()
  const service = spawn(process.execPath, [subject.entry], { cwd: folder, env, stdio: 'ignore' })
  try {
    while ((await ask(port)) !== '200') {
      if (service.exitCode !== null) throw new Error(`${subject.name} ended with ${service.exitCode}`)
      await sleep(1)
    }
    subject.times.push(performance.now() - start)
    await sleep(idle)
    subject.sizes.push(await resident(service))
  } finally {
    const exit = once(service, 'exit')
    service.kill('SIGTERM')
    await exit
  }
}

const quantile = (values: number[], q: number) =>
  values.toSorted((a, b) => a - b)[Math.floor((values.length - 1) * q)] ?? Number.NaN
const spread = (values: number[]) => [0.5, 0.25, 0.75].map((q) => quantile(values, q).toFixed(0)).join(' / ')

try {
  for (const subject of subjects) await measure(subject) // warms the disk's cache, and fills the compile cache
  for (const subject of subjects) subject.times.length = subject.sizes.length = 0
  for (let round = 0; round < rounds; round++) {
    for (const subject of subjects) await measure(subject)
    process.stderr.write(`round ${round + 1} of ${rounds}\n`)
  }
} finally {
  await rm(folder, { recursive: true, force: true })
}

const bare = subjects[0] as (typeof subjects)[number]
const print = (line: string) => process.stdout.write(`${line}\n`)
print('| service | start, ms: median / quartiles | × bare | idle, MB: median / quartiles | × bare |')
print('|---|---|---|---|---|')
for (const { name, times, sizes } of subjects) {
  const slower = quantile(times, 0.5) / quantile(bare.times, 0.5)
  const larger = quantile(sizes, 0.5) / quantile(bare.sizes, 0.5)
  print(`| ${name} | ${spread(times)} | ${slower.toFixed(2)} | ${spread(sizes)} | ${larger.toFixed(2)} |`)
}
