import { fork } from 'node:child_process'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'
import { costOf, requestOf } from '../load.ts'
import { compare, type Goal, isMet, show } from '../paired.ts'

// npm run bench -- routes
// What a probe costs: the heartbeat, cached, and the lbheartbeat, each against a bare route that answers as many bytes.

const requests = 4000
const paths = ['/__heartbeat__', '/bare', '/__lbheartbeat__', '/bare-ok'] as const
const print = (text: string) => void process.stdout.write(`${text}\n`)

const child = fork(fileURLToPath(new URL('service.ts', import.meta.url)), {
  stdio: ['ignore', 'ignore', 'inherit', 'ipc']
})
const [port] = await once(child, 'message')
const measure = (path: string) => costOf(child, port, requests, requestOf(path))
for (let i = 0; i < 3; i++) for (const path of paths) await measure(path) // compiles what is hot

const { costs, ratios } = await compare({
  names: paths,
  measure,
  // Of rates: a bare route that costs 95 where ours costs 100 is 0.95.
  ratios: {
    heartbeat: (costs) => Number(costs['/bare']) / Number(costs['/__heartbeat__']),
    lbheartbeat: (costs) => Number(costs['/bare-ok']) / Number(costs['/__lbheartbeat__'])
  },
  tolerance: 0.01
})
child.disconnect()

print('| route | CPU of a request, µs: median (95 % interval) |\n| --- | --- |')
for (const path of paths) print(`| ${path} | ${show(costs[path] as Goal['measured'])} |`)
const goals: Goal[] = [
  {
    goal: 'cached heartbeat ≥ 0.95 of a bare route',
    measured: ratios.heartbeat as Goal['measured'],
    limit: 0.95
  },
  {
    goal: 'lbheartbeat ≥ 0.98 of a bare route',
    measured: ratios.lbheartbeat as Goal['measured'],
    limit: 0.98
  }
].map((goal) => ({ ...goal, atLeast: true }))
print('\n| goal | measured (95 % interval) | rounds | met |\n| --- | --- | --- | --- |')
for (const goal of goals) {
  print(`| ${goal.goal} | ${show(goal.measured)} | ${goal.measured.rounds} | ${isMet(goal) ? 'yes' : 'NO'} |`)
  if (!isMet(goal)) process.exitCode = 1
}
