import { setTimeout as sleep } from 'node:timers/promises'
import pg from 'pg'
import type { Bench, Target } from './bench.ts'
import type { LoadReport, ServiceKind, ServiceReport } from './messages.ts'
import { Generator, Service } from './processes.ts'

const phases = [
  { name: 'healthy', duration: 10_000 },
  { name: 'hung', duration: 20_000 },
  { name: 'recovering', duration: 10_000 }
] as const
const connections = 1000
const kinds: ServiceKind[] = ['ours', 'naive', 'terminus']
const labels = { ours: '@dockerflow/heartbeat', naive: 'Promise.race', terminus: '@godaddy/terminus' }

interface PhaseResult {
  phase: (typeof phases)[number]['name']
  duration: number
  /** The wall clock when the database began to hang, or came back. */
  at: number
  load: LoadReport
  lb: LoadReport
  before: ServiceReport
  after: ServiceReport
  /** The most connections at once, as the database and as the proxy see them. */
  sessions: number
  sockets: number
  /** What of these was left 500 ms after a run had timed out. */
  leftovers: number
}

interface Result {
  phases: PhaseResult[]
  /** How many of 20 queries of the app fail after the database is back. */
  failedWork: number
  leaks: number
  close?: { time: number; ended: boolean }
}

/** Runs the storm against each kind of service in turn, prints the table, and says which targets were met. */
export async function storm(bench: Bench): Promise<Target[]> {
  const columns =
    'check | phase | requests | runs | highest in flight | p50 | p99 | max | client timeouts | sockets | sessions at the server | pool connections used | resident MB before → after | lbheartbeat p99'
  bench.print(`${connections} connections, each asks once a second; times in ms\n\n| ${columns} |`)
  bench.print(`|${' --- |'.repeat(columns.split('|').length)}`)
  const results = {} as Record<ServiceKind, Result>
  for (const kind of kinds) {
    results[kind] = await stormOne(bench, kind)
    for (const result of results[kind].phases) bench.print(`| ${labels[kind]} | ${row(result)} |`)
  }
  bench.print()
  for (const kind of kinds) {
    const { failedWork, leaks } = results[kind]
    bench.print(`${labels[kind]}: once the database was back, ${failedWork} of 20 queries of the app failed`)
    if (kind !== 'ours' && leaks > 0)
      bench.print(`${labels[kind]}: ${leaks} answers or log lines held the password`)
  }
  return judge(results.ours)
}

async function stormOne({ proxy, url, directUrl, canary }: Bench, kind: ServiceKind): Promise<Result> {
  await proxy.set('pass')
  const service = await Service.start(kind, url, canary)
  const generator = new Generator(service.port)
  // In a process of its own: the storm's generator is busy, and would add its own delays.
  const lbGenerator = new Generator(service.port)
  const admin = new pg.Client({ connectionString: directUrl })
  await admin.connect()
  const sessions = async () => {
    const { rows } = await admin.query(
      "SELECT count(*)::int AS n FROM pg_stat_activity WHERE backend_type = 'client backend' AND pid <> pg_backend_pid()"
    )
    return rows[0].n as number
  }
  const result: Result = { phases: [], failedWork: 0, leaks: 0 }
  try {
    const ask = { path: '/__heartbeat__', connections, interval: 1000, canary }
    const askLb = { path: '/__lbheartbeat__', connections: 1, interval: 10, canary }
    await Promise.all([
      generator.run({ ...ask, duration: 3000 }),
      lbGenerator.run({ ...askLb, duration: 3000 })
    ])
    for (const { name: phase, duration } of phases) {
      const before = await service.report()
      await proxy.set(phase === 'hung' ? 'hang' : 'pass')
      const at = Date.now()
      const samples = sample(service, proxy, sessions)
      const [load, lb] = await Promise.all([
        generator.run({ ...ask, duration }),
        lbGenerator.run({ ...askLb, duration })
      ])
      const seen = await samples.end()
      result.phases.push({ phase, duration, at, load, lb, before, after: await service.report(), ...seen })
      result.leaks += load.leaks
    }
    result.failedWork = await service.work()
    if (kind === 'ours') {
      await proxy.set('hang')
      await sleep(1500)
      generator.run({ ...ask, connections: 100, duration: 500 }).catch(() => {}) // who is in the midst of a hang
      await sleep(1000)
      result.close = await service.close()
    }
    result.leaks += service.leaks
  } finally {
    generator.end()
    lbGenerator.end()
    service.kill()
    await admin.end()
  }
  return result
}

/** Watches the connections at the proxy and the server. */
function sample(service: Service, proxy: Bench['proxy'], sessions: () => Promise<number>) {
  const seen = { sessions: 0, sockets: 0, leftovers: 0 }
  service.onTimedOut = () => {
    setTimeout(() => {
      seen.leftovers += proxy.open
    }, 500)
  }
  let ended = false
  const watching = (async () => {
    while (!ended) {
      seen.sockets = Math.max(seen.sockets, proxy.open)
      seen.sessions = Math.max(seen.sessions, await sessions())
      await sleep(20)
    }
  })()
  return {
    async end() {
      ended = true
      await watching
      return seen
    }
  }
}

const ms = (time: number) => (time < 10 ? time.toFixed(1) : time.toFixed(0))
const mb = (bytes: number) => (bytes / 2 ** 20).toFixed(0)

function row({ phase, load, lb, before, after, sockets, sessions }: PhaseResult): string {
  return [
    phase,
    load.answered,
    after.runs,
    after.highest,
    ms(load.p50),
    ms(load.p99),
    ms(load.max),
    load.timeouts,
    sockets,
    sessions,
    after.acquired,
    `${mb(before.rss)} → ${mb(after.rss)}`,
    `${ms(lb.p99)}`
  ].join(' | ')
}

/** The engine's defaults. */
const { wait, ttl, budget, connect } = { wait: 900, ttl: 1000, budget: 2000, connect: 5000 }

function judge({ phases: results, leaks, close }: Result): Target[] {
  const [healthy, hung, recovering] = results as [PhaseResult, PhaseResult, PhaseResult]
  const most = (pick: (result: PhaseResult) => number) => Math.max(...results.map(pick))
  const allowed = (result: PhaseResult) => Math.ceil(result.duration / ttl) + 1
  const seenAfter = (hung.load.firstFailure ?? Number.POSITIVE_INFINITY) - hung.at
  const goneAfter = (recovering.load.lastFailure ?? recovering.at) - recovering.at
  const timeouts = results.reduce((sum, { load, lb }) => sum + load.timeouts + load.errors + lb.timeouts, 0)
  const lbP99 = most(({ lb }) => lb.p99)
  const limit = connect + budget + ttl
  return [
    {
      target: '1. one run in flight; runs ≤ ⌈duration / ttl⌉ + 1; no connection of the pool',
      measured: `${most(({ after }) => after.highest)} in flight; ${results.map((r) => `${r.after.runs} ≤ ${allowed(r)}`).join(', ')}; ${most(({ after }) => after.acquired)}`,
      isMet:
        most(({ after }) => after.highest) <= 1 &&
        most(({ after }) => after.acquired) === 0 &&
        results.every((result) => result.after.runs <= allowed(result))
    },
    {
      target: `2. hung: p99 ≤ wait + 150 ms; no client times out`,
      measured: `${ms(hung.load.p99)} ms; ${timeouts} time-outs and errors`,
      isMet: hung.load.p99 <= wait + 150 && timeouts === 0
    },
    { target: '3. lbheartbeat p99 ≤ 20 ms', measured: `${ms(lbP99)} ms`, isMet: lbP99 <= 20 },
    {
      target: '4. at most one socket at the server; none 500 ms after a time-out',
      measured: `${most(({ sockets }) => sockets)} at the proxy, ${most(({ sessions }) => sessions)} at the server; ${hung.leftovers} left`,
      isMet:
        most(({ sockets }) => sockets) <= 1 && most(({ sessions }) => sessions) <= 1 && hung.leftovers === 0
    },
    {
      target: `5. failure seen within connect + run + ttl (${limit} ms), recovery within ttl + a run`,
      measured: `${seenAfter} ms; ${goneAfter} ms`,
      isMet: healthy.load.firstFailure === undefined && seenAfter <= limit && goneAfter <= limit
    },
    {
      target: '7. app.close() ≤ 500 ms during a hang; the process ends by itself',
      measured: `${ms(close?.time ?? Number.NaN)} ms; ${close?.ended ? 'it does' : 'it does not'}`,
      isMet: close !== undefined && close.time <= 500 && close.ended
    },
    {
      target: '8. the password is in no body and no log line',
      measured: `${leaks} times`,
      isMet: leaks === 0
    }
  ]
}
