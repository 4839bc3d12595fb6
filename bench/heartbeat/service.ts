import { createHook } from 'node:async_hooks'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { setTimeout as sleep } from 'node:timers/promises'
import fastifyHeartbeat, { type HeartbeatCheckObject } from '@dockerflow/heartbeat'
import fastifyLbheartbeat from '@dockerflow/lbheartbeat'
import { createTerminus } from '@godaddy/terminus'
import Fastify from 'fastify'
import pg from 'pg'
import { type ServiceKind, type ServiceReport, timedOut } from './messages.ts'

// A service with a PostgreSQL behind it, in a process of its own: node service.ts KIND DATABASE_URL [--count-timers]

const [kind, connectionString, flag] = process.argv.slice(2) as [ServiceKind, string, string?]
const budget = 2000

// Node's own list of active resources leaves out timers that are unref'ed.
const timers = new Set<number>()
const timerHook = createHook({
  init(id, type) {
    if (type === 'Timeout' || type === 'Immediate') timers.add(id)
  },
  destroy(id) {
    timers.delete(id)
  }
})
if (flag === '--count-timers') timerHook.enable()

const runs = { count: 0, inFlight: 0, highest: 0 }
function begin(): void {
  runs.count += 1
  runs.inFlight += 1
  runs.highest = Math.max(runs.highest, runs.inFlight)
}
function end(): void {
  runs.inFlight -= 1
}
async function counted<T>(run: () => Promise<T>): Promise<T> {
  begin()
  return run().finally(end)
}

// The app's own pool. Terminus' check has no time limit but the driver's, so it gets these.
const limits = kind === 'terminus' ? { connectionTimeoutMillis: budget, query_timeout: budget } : {}
const pool = new pg.Pool({ connectionString, max: 10, ...limits })
pool.on('error', () => {})
let acquired = 0
pool.on('acquire', () => {
  acquired += 1
})

/** One dedicated connection, that is destroyed when it hangs. A run is counted from its connect on. */
function postgresCheck(): HeartbeatCheckObject {
  let client: pg.Client | undefined
  const drop = () => {
    client?.connection.stream.destroy()
    client = undefined
  }
  const open = async () => {
    const fresh = new pg.Client({ connectionString, statement_timeout: budget })
    fresh.on('error', drop) // a lost connection rejects the query as well
    client = fresh
    await fresh.connect()
  }
  return {
    async connect() {
      begin()
      if (client) return
      await open().catch((err) => {
        drop()
        end()
        throw err
      })
    },
    async run() {
      await client?.query('SELECT 1').finally(end)
    },
    kill: drop,
    async close() {
      await client?.end()
    }
  }
}

/** What many write: it gives the request an end, and the query none. */
function naiveCheck(): Promise<unknown> {
  const late = sleep(budget, undefined, { ref: false }).then(() => {
    throw new Error('database timed out')
  })
  return Promise.race([counted(() => pool.query('SELECT 1')), late])
}

async function listen(): Promise<{ port: number; close(): Promise<unknown> }> {
  if (kind === 'terminus') {
    const server = createServer((_request, response) => response.writeHead(404).end())
    createTerminus(server, {
      healthChecks: {
        '/__heartbeat__': () => counted(() => pool.query('SELECT 1')),
        '/__lbheartbeat__': async () => {}
      },
      signals: []
    })
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
    const { port } = server.address() as AddressInfo
    return { port, close: async () => server.close() }
  }
  const app = Fastify({ logger: { level: 'info' }, disableRequestLogging: true })
  await app.register(fastifyLbheartbeat)
  if (kind === 'ours') {
    await app.register(fastifyHeartbeat, { checks: { postgres: postgresCheck() } })
    app.heartbeat.onResult(({ duration }) => {
      if (duration >= budget) process.send?.(timedOut)
    })
  } else {
    app.get('/__heartbeat__', async (_request, reply) => {
      try {
        await naiveCheck()
        return { status: 'ok' }
      } catch (err) {
        return reply.code(503).send({ status: 'error', message: (err as Error).message })
      }
    })
  }
  // As long as the heartbeat's answer, for the comparison of their rates.
  const bare = '{"status":"ok","checks":{"postgres":"ok"},"details":{}}'
  app.get('/bare', async () => bare)
  await app.listen({ port: 0, host: '127.0.0.1' })
  return { port: (app.server.address() as AddressInfo).port, close: () => app.close() }
}

function report(): ServiceReport {
  globalThis.gc?.()
  const { user, system } = process.cpuUsage()
  const { rss, heapUsed } = process.memoryUsage()
  const resources: Record<string, number> = {}
  for (const resource of process.getActiveResourcesInfo())
    resources[resource] = (resources[resource] ?? 0) + 1
  resources.Timeout = timers.size
  const listeners = process.eventNames().reduce((sum, name) => sum + process.listenerCount(name), 0)
  const past = { runs: runs.count, highest: runs.highest, acquired }
  Object.assign(runs, { count: 0, highest: runs.inFlight })
  acquired = 0
  return { ...past, rss, heapUsed, cpu: user + system, resources, listeners }
}

/** How many of 20 queries of the app itself fail. */
async function work(): Promise<number> {
  const queries = Array.from({ length: 20 }, () => {
    const late = sleep(2000).then(() => {
      throw new Error('late')
    })
    return Promise.race([pool.query('SELECT 1'), late])
  })
  return (await Promise.allSettled(queries)).filter(({ status }) => status === 'rejected').length
}

const service = await listen()
process.on('message', async (message: 'report' | 'work' | 'close') => {
  if (message === 'report') process.send?.(report())
  if (message === 'work') process.send?.(await work())
  if (message === 'close') {
    const start = performance.now()
    await service.close()
    process.send?.(performance.now() - start, () => process.disconnect())
    await pool.end()
  }
})
process.send?.(service.port)
