import type { AddressInfo } from 'node:net'
import { setTimeout as sleep } from 'node:timers/promises'
import { redactError } from '@dockerflow/kit/redact'
import closeWithGrace, { type AllEvents } from 'close-with-grace'
import type { FastifyInstance } from 'fastify'
import { DOCKERFLOW_LIFECYCLE_ALREADY_SERVING } from './errors.ts'
import { flush, type Log } from './log.ts'
import { type MemoryPressure, watchContainer, watchHeap } from './memory.ts'
import { portFrom, type ServeOptions, validate } from './options.ts'
import { type Incident, prepareReports, writeReport } from './report.ts'

/** What `serve()` uses of a Fastify app, whatever the app's server, logger and type provider are. */
export interface ServableApp extends Pick<FastifyInstance, 'addresses' | 'close' | 'listen'> {
  log: Log
  addHook(
    name: 'onSend',
    hook: (
      request: { raw: { httpVersionMajor: number } },
      reply: { header(name: string, value: string): unknown },
      payload: unknown,
      done: () => void
    ) => void
  ): unknown
  /** Of `@dockerflow/lbheartbeat`, where the app has it. */
  lbheartbeat?: { drain(): void }
  /** Of `@dockerflow/heartbeat`, where the app has it. */
  heartbeat?: object & { snapshot?(): { checks?: object } }
  /** Of `@dockerflow/version`, where the app has it. */
  versionObject?: object | null
}

// close-with-grace takes every signal by default. A handler for SIGSEGV and its like makes a crashed process
// hang, and `beforeExit` would turn an ordinary end into a close: SIGTERM and SIGINT alone ask to close.
const skip: AllEvents[] = [
  'SIGHUP',
  'SIGQUIT',
  'SIGILL',
  'SIGTRAP',
  'SIGABRT',
  'SIGBUS',
  'SIGFPE',
  'SIGSEGV',
  'SIGUSR2',
  'beforeExit'
]

// Of the process, as its signals are: of two apps each would end the process while the other still closes.
let serving = false

/** What the line `app.start` tells. */
function about(app: ServableApp) {
  // serve() listens on no socket file, the one thing whose address is a string.
  const bound = app.addresses() as AddressInfo[]
  return {
    version: app.versionObject ?? undefined,
    node: process.version,
    checks: Object.keys(app.heartbeat?.snapshot?.().checks ?? {}),
    addresses: bound.map(
      ({ address, family, port }) => `${family === 'IPv6' ? `[${address}]` : address}:${port}`
    )
  }
}

/**
 * Runs the app as this process: listens, and answers signals, crashes and memory that runs out. For the app's entry
 * file; call it once, before the app is ready. Resolves once the app listens; when it can't, one line of type
 * `app.crash` says why and the process ends with code 1.
 *
 * Rejects with `DOCKERFLOW_LIFECYCLE_INVALID_OPTION` for a bad option, and with `DOCKERFLOW_LIFECYCLE_ALREADY_SERVING`
 * when it is called again.
 */
export async function serve(app: ServableApp, options: ServeOptions = {}): Promise<void> {
  validate(options)
  if (serving) throw new DOCKERFLOW_LIFECYCLE_ALREADY_SERVING()
  serving = true
  const { host = process.env.HOST || '127.0.0.1', drainDelay = 0, closeTimeout = 8000 } = options
  const { heapThreshold = 0.75, containerThreshold = 0.9, reportDir } = options
  const { log } = app
  let draining = false

  const report = (incident: Incident) => {
    if (reportDir === undefined) return
    try {
      writeReport(reportDir, incident, app.versionObject ?? undefined)
    } catch (err) {
      log.error({ type: 'app.report', err }, "can't write a report")
    }
  }
  const warn = (memory: MemoryPressure) => {
    const { rss, external } = process.memoryUsage()
    log.warn({ type: 'app.memory', ...memory, rss, external }, 'memory is nearly used up')
    report({ type: 'memory', memory })
  }
  const crash = (thrown: unknown, message: string) => {
    const err = redactError(thrown)
    log.fatal({ type: 'app.crash', err }, message)
    report({ type: 'crash', error: { name: err.name, message: err.message, stack: String(err.stack) } })
  }
  const end = async (thrown: unknown, message: string) => {
    crash(thrown, message)
    await flush(log)
    process.exit(1)
  }

  const grace = closeWithGrace(
    {
      skip,
      logger: false,
      delay: drainDelay + closeTimeout,
      onSecondSignal: (signal) => log.warn({ type: 'app.stop', signal }, 'second signal: ending at once'),
      onSecondError: (err) => crash(err, 'crashed while closing'),
      onTimeout: () => log.error({ type: 'app.stop', closeTimeout }, 'not closed in time: ending at once')
    },
    async (cause) => {
      // After an uncaught error nothing can be relied on, an orderly close neither: say so, and end.
      if ('err' in cause) return end(cause.err, 'crashed')
      draining = true
      app.lbheartbeat?.drain()
      log.info({ type: 'app.drain', signal: cause.signal, drainDelay }, 'draining')
      await sleep(drainDelay)
      try {
        await app.close()
      } catch (err) {
        return end(err, "can't close")
      }
      log.info({ type: 'app.stop' }, 'closed')
      await flush(log)
    }
  )

  try {
    // A client that keeps its connection would otherwise send its next request into a closed socket.
    app.addHook('onSend', (request, reply, _payload, done) => {
      if (draining && request.raw.httpVersionMajor === 1) reply.header('connection', 'close')
      done()
    })
    if (reportDir !== undefined) prepareReports(reportDir)
    if (heapThreshold > 0) watchHeap(heapThreshold, warn)
    if (containerThreshold > 0) watchContainer(containerThreshold, warn)
    await app.listen({ port: options.port ?? portFrom(process.env), host })
  } catch (err) {
    if (draining) return // a signal came first, and closed what was about to start
    grace.uninstall()
    return end(err, `can't start: ${redactError(err).message}`)
  }
  log.info({ type: 'app.start', ...about(app) }, 'started')
}

export type { ServeOptions } from './options.ts'
