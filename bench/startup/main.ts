import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { connect } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { freePort } from '@dockerflow/testing/programs'
import { medianOf, show } from '../paired.ts'

// npm run bench -- startup
// From spawn to the first 200 on /__lbheartbeat__, and resident memory when idle: the whole demo against Fastify
// with that one route, in turn, with and without Node's compile cache.

const rounds = 31
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

const spread = (values: number[]) => {
  const { median, low, high } = medianOf(values)
  return [median, low, high].map((value) => value.toFixed(0)).join(' / ')
}

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

const print = (line: string) => process.stdout.write(`${line}\n`)
print('| service | start, ms: median / 95 % interval | × bare | idle, MB: median / 95 % interval | × bare |')
print('|---|---|---|---|---|')
for (const [index, { name, times, sizes }] of subjects.entries()) {
  // With a compile cache, against the bare app that has one too.
  const bare = subjects[index - (index % 2)] as (typeof subjects)[number]
  const ratio = (values: number[], base: number[]) =>
    show(medianOf(values.map((value, round) => value / (base[round] as number))))
  print(
    `| ${name} | ${spread(times)} | ${ratio(times, bare.times)} | ${spread(sizes)} | ${ratio(sizes, bare.sizes)} |`
  )
}
