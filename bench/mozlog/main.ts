import { type ChildProcess, fork, spawn } from 'node:child_process'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'
import { ask, costOf, requestOf } from '../load.ts'
import {
  type Comparison,
  compare,
  type Goal,
  type Interval,
  isMet,
  medianOf,
  type Result,
  show
} from '../paired.ts'
import { growth } from './growth.ts'
import { peerNames } from './lines.ts'

// npm run bench -- mozlog
// What a line costs, and what the line of a request: in turn, as ratios of CPU time, until they are known well enough.

const linesARound = 15_000

const print = (text = '') => void process.stdout.write(`${text}\n`)
const path = (name: string) => fileURLToPath(new URL(name, import.meta.url))

/** The CPU time of a line, in ns, of each peer. */
async function lines(names: string[], ratios: Comparison['ratios'], maxRounds: number): Promise<Result> {
  const children = new Map<string, ChildProcess>()
  for (const name of names) {
    const child = fork(path('lines.ts'), [name], { stdio: ['ignore', 'ignore', 'inherit', 'ipc'] })
    await once(child, 'message')
    for (let i = 0; i < 3; i++) await ask(child, linesARound) // warm
    children.set(name, child)
  }
  try {
    const measure = (name: string) => ask(children.get(name) as ChildProcess, linesARound)
    return await compare({
      names,
      measure,
      ratios,
      tolerance: 0.01,
      minRounds: Math.min(25, maxRounds),
      maxRounds
    })
  } finally {
    for (const child of children.values()) child.kill()
  }
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

/** What a request's log is made of. Each step has all of the steps before it. */
const parts = [
  'a child logger, and listeners of Fastify’s own',
  'an id',
  'its header',
  'hooks, a listener and the outcome',
  'the text of the line',
  'mozlog'
]

/** The CPU time of a request, in µs, of each way to log. */
async function requests(
  names: string[],
  ratios: Comparison['ratios'],
  requestsARound: number,
  maxRounds: number
): Promise<Result> {
  const services = new Map<string, Service>()
  for (const name of names) services.set(name, await service(name))
  const measure = (name: string) => {
    const { child, port } = services.get(name) as Service
    return costOf(child, port, requestsARound, requestOf('/hello'))
  }
  for (let i = 0; i < 3; i++) for (const name of names) await measure(name)
  try {
    return await compare({ names, measure, ratios, tolerance: 0.05, maxRounds })
  } finally {
    for (const { child, reader } of services.values()) {
      child.disconnect()
      await once(child, 'exit')
      reader.stdin?.end()
    }
  }
}

const of = (name: string, base: string) => (costs: Record<string, number>) =>
  Number(costs[name]) / Number(costs[base])
const ours = '@dockerflow/mozlog'
const pairs: [name: string, base: string][] = [
  [ours, 'pino'],
  [`${ours}, in a span`, 'pino, in a span']
]
const line: Interval[] = []
print('An application line with 8 fields, to a blocking write; CPU time, medians (95 % interval)\n')
print('| logger | a line, µs | × | of |\n| --- | --- | --- | --- |')
for (const [name, base] of pairs) {
  const { costs, ratios } = await lines([name, base], { ratio: of(name, base) }, 300)
  for (const each of [name, base]) {
    const { median } = costs[each] as Interval
    const ratio = each === name ? show(ratios.ratio as Interval) : '1'
    print(`| ${each} | ${(median / 1000).toFixed(2)} | ${ratio} | ${base} |`)
  }
  line.push(ratios.ratio as Interval)
}
const others = peerNames.filter((name) => !pairs.flat().includes(name))
const peers = await lines(
  ['pino', ...others],
  Object.fromEntries(others.map((name) => [name, of(name, 'pino')])),
  15
)
for (const name of others) {
  const { median } = peers.costs[name] as Interval
  print(`| ${name} | ${(median / 1000).toFixed(2)} | ${show(peers.ratios[name] as Interval)} | pino |`)
}

const added = (name: string, base: string) => (costs: Record<string, number>) =>
  Number(costs[name]) - Number(costs[base])
const [ourLog, fastifysLog] = [added('mozlog', 'none'), added('fastify', 'none')]
const request = (costs: Record<string, number>) => ourLog(costs) / fastifysLog(costs)
const perRequest = await requests(['none', 'fastify', 'mozlog'], { request }, 6_000, 300)
const summary = perRequest.ratios.request as Interval
print('\nA request, 50 connections, stdout a pipe; CPU time of the service, medians (95 % interval)\n')
print('| log | a request, µs |\n| --- | --- |')
for (const [name, cost] of Object.entries(perRequest.costs)) print(`| ${name} | ${show(cost)} |`)
print(`\nWhat @dockerflow/mozlog adds, × what Fastify's own log adds: ${show(summary)}`)

// Short turns, since the machine itself changes within a second.
const eachPart = parts.map((name, i) => [name, added(name, parts[i - 1] ?? 'none')] as const)
const perPart = await requests(['none', ...parts], Object.fromEntries(eachPart), 2_000, 150)
print('\n| part of it | adds, µs |\n| --- | --- |')
for (const [name, cost] of Object.entries(perPart.ratios)) {
  print(`| ${name === 'mozlog' ? 'holding it, and the write' : name} | ${show(cost)} |`)
}

print('\nTwice as much hostile input; CPU time, median of the rounds\n\n| input | × |\n| --- | --- |')
const grown = growth()
for (const [name, ratio] of grown) print(`| ${name} | ${ratio.toFixed(2)} |`)

const goals: Goal[] = [
  { goal: 'a line with 8 fields ≤ 0.85 × pino’s', measured: line[0] as Interval, limit: 0.85 },
  { goal: 'the same in a span ≤ pino’s with a mixin', measured: line[1] as Interval, limit: 1 },
  { goal: 'the log of a request ≤ 0.35 × what Fastify’s own adds', measured: summary, limit: 0.35 },
  {
    goal: 'twice the hostile input costs about twice as much',
    measured: medianOf([Math.max(...grown.values())]),
    limit: 3
  }
]
print('\n| goal | measured (95 % interval) | rounds | met |\n| --- | --- | --- | --- |')
for (const goal of goals) {
  print(`| ${goal.goal} | ${show(goal.measured)} | ${goal.measured.rounds} | ${isMet(goal) ? 'yes' : 'NO'} |`)
  if (!isMet(goal)) process.exitCode = 1
}
