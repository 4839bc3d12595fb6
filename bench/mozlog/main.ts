import { type ChildProcess, fork, spawn } from 'node:child_process'
import { once } from 'node:events'
import { connect } from 'node:net'
import { fileURLToPath } from 'node:url'
import { growth } from './growth.ts'
import { peerNames } from './lines.ts'

// npm run bench -- mozlog
// What a line costs, and what the line of a request: each pair in turn, many times, as ratios of CPU time.

const rounds = 31
const linesARound = 15_000
const requestsARound = 6_000
const connections = 50

const print = (text = '') => void process.stdout.write(`${text}\n`)
const path = (name: string) => fileURLToPath(new URL(name, import.meta.url))

function quantile(values: number[], at: number): number {
  const sorted = [...values].sort((a, b) => a - b)
  return sorted[Math.round((sorted.length - 1) * at)] as number
}
const median = (values: number[]) => quantile(values, 0.5)
const spread = (values: number[]) =>
  `${median(values).toFixed(2)} (${quantile(values, 0.25).toFixed(2)} to ${quantile(values, 0.75).toFixed(2)})`

async function ask(child: ChildProcess, message: unknown): Promise<number> {
  child.send(message as object)
  const [answer] = await once(child, 'message')
  return answer as number
}

/** The CPU time of a line, in ns, of each peer: rounds in turn, so that all have the same weather. */
async function lines(): Promise<Map<string, number[]>> {
  const children = new Map<string, ChildProcess>()
  for (const name of peerNames) {
    const child = fork(path('lines.ts'), [name], { stdio: ['ignore', 'ignore', 'inherit', 'ipc'] })
    await once(child, 'message')
    await ask(child, linesARound) // warm
    children.set(name, child)
  }
  const costs = new Map<string, number[]>(peerNames.map((name) => [name, []]))
  for (let round = 0; round < rounds; round++) {
    for (const [name, child] of children) costs.get(name)?.push(await ask(child, linesARound))
  }
  for (const child of children.values()) child.kill()
  return costs
}

const request = [
  'GET /hello HTTP/1.1',
  'host: localhost',
  'user-agent: Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0',
  'accept-language: en-US,en;q=0.5',
  '\r\n'
].join('\r\n')

/** Sends that many requests over all connections, the next on each as soon as the last is answered. */
async function load(port: number, count: number): Promise<void> {
  let left = count
  await Promise.all(
    Array.from({ length: connections }, async () => {
      const socket = connect(port, '127.0.0.1')
      const next = () => (left-- > 0 ? socket.write(request) : socket.end())
      socket.on('connect', next).on('data', next)
      await once(socket, 'close')
    })
  )
}

interface Service {
  child: ChildProcess
  reader: ChildProcess
  port: number
}

/** A service whose stdout is a pipe that another process reads, as it is in a container. */
async function service(log: string): Promise<Service> {
  const reader = spawn('cat', { stdio: ['pipe', 'ignore', 'inherit'] })
  const child = fork(path('service.ts'), [log], { stdio: ['ignore', reader.stdin, 'inherit', 'ipc'] })
  const [port] = await once(child, 'message')
  return { child, reader, port: port as number }
}

/** The CPU time of a request, in µs, of each way to log. */
async function requests(): Promise<Map<string, number[]>> {
  const services = new Map<string, Service>()
  for (const log of ['none', 'fastify', 'mozlog']) services.set(log, await service(log))
  const costs = new Map<string, number[]>([...services.keys()].map((log) => [log, []]))
  for (let round = -2; round < rounds; round++) {
    for (const [log, { child, port }] of services) {
      const before = await ask(child, 'cpu')
      await load(port, requestsARound)
      const cost = ((await ask(child, 'cpu')) - before) / requestsARound
      if (round >= 0) costs.get(log)?.push(cost)
    }
  }
  for (const { child, reader } of services.values()) {
    child.disconnect()
    await once(child, 'exit')
    reader.stdin?.end()
  }
  return costs
}

const perLine = await lines()
const pino = perLine.get('pino') as number[]
const ratios = (costs: number[], base: number[]) => costs.map((cost, round) => cost / (base[round] as number))
print(
  `An application line with 8 fields, to a blocking write; CPU time, median of ${rounds} rounds (quartiles)\n`
)
print('| logger | a line, µs | × pino |\n| --- | --- | --- |')
for (const [name, costs] of perLine) {
  print(`| ${name} | ${(median(costs) / 1000).toFixed(2)} | ${spread(ratios(costs, pino))} |`)
}

const perRequest = await requests()
const [none, fastify, mozlog] = ['none', 'fastify', 'mozlog'].map((log) => perRequest.get(log)) as [
  number[],
  number[],
  number[]
]
const added = (costs: number[]) => costs.map((cost, round) => cost - (none[round] as number))
print(
  `\nA request, ${connections} connections, stdout a pipe; CPU time of the service, median of ${rounds} rounds (quartiles)\n`
)
print("| log | a request, µs | added, µs | × what Fastify's own adds |\n| --- | --- | --- | --- |")
print(`| none | ${median(none).toFixed(2)} | | |`)
for (const [name, costs] of [
  ['Fastify, logger: true', fastify],
  ['@dockerflow/mozlog', mozlog]
] as const) {
  const ratio = spread(ratios(added(costs), added(fastify)))
  print(`| ${name} | ${median(costs).toFixed(2)} | ${median(added(costs)).toFixed(2)} | ${ratio} |`)
}

const line = median(ratios(perLine.get('@dockerflow/mozlog') as number[], pino))
const summary = median(ratios(added(mozlog), added(fastify)))
const spans = median(
  ratios(perLine.get('@dockerflow/mozlog, in a span') as number[], perLine.get('pino, in a span') as number[])
)

print('\nTwice as much hostile input; CPU time, median of the rounds\n\n| input | × |\n| --- | --- |')
const grown = growth()
for (const [name, ratio] of grown) print(`| ${name} | ${ratio.toFixed(2)} |`)

const targets: [target: string, measured: number, limit: number][] = [
  ['a line costs at most 1.0 × pino’s', line, 1],
  ['a line in a span costs at most what pino’s does with a mixin', spans, 1],
  ['the log of a request costs at most 0.4 × Fastify’s', summary, 0.4],
  ['twice the hostile input costs about twice as much', Math.max(...grown.values()), 3]
]
print('\n| target | measured | met |\n| --- | --- | --- |')
for (const [target, measured, limit] of targets) {
  print(`| ${target} | ${measured.toFixed(2)} | ${measured <= limit ? 'yes' : 'NO'} |`)
  if (measured > limit) process.exitCode = 1
}
