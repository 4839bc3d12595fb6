import { subscribe, unsubscribe } from 'node:diagnostics_channel'
import type { AddressInfo } from 'node:net'
import { setTimeout as sleep } from 'node:timers/promises'
import { redactError } from '@dockerflow/kit/redact'
import type { FastifyInstance } from 'fastify'
import fp from 'fastify-plugin'
import type { OpenRequest } from './connections.ts'
import { DOCKERFLOW_LIFECYCLE_NO_APP } from './errors.ts'
import { type Lifecycle, watch } from './lifecycle.ts'
import { carries, flush, lastResort } from './log.ts'
import { isContainer, isLoopback } from './loopback.ts'
import { type MemoryPressure, watchContainer, watchHeap } from './memory.ts'
import { portFrom, type ServeOptions } from './options.ts'
import { type Incident, prepareReports, writeReport } from './report.ts'
import type { Servable, ServableApp } from './servable.ts'

/** They ask a process to end. A terminal that closes sends SIGHUP; the `STOPSIGNAL` of some images is SIGQUIT. */
const signals = ['SIGTERM', 'SIGINT', 'SIGHUP', 'SIGQUIT'] as const
/** How long signals after the first count as the same request, in ms: npm, pnpm and terminals send several. */
const sameRequest = 1000
/** How long the app may still take to close once its connections are cut, in ms. */
const afterCut = 1000
/** How many of the requests that are cut a line names. */
const maxNamed = 20

/** What the line `app.start` says. */
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

const describe = (open: OpenRequest[]) =>
  open.slice(0, maxNamed).map(({ route, age }) => `${route} ${age} ms`)

/** What a promise resolves with, or undefined when that takes longer than `ms`. */
async function within<T>(ms: number, promise: Promise<T>): Promise<T | undefined> {
  const late = new AbortController()
  try {
    return await Promise.race([promise, sleep(ms, undefined, { signal: late.signal })])
  } finally {
    late.abort()
  }
}

/** The app that was given or built; throws `DOCKERFLOW_LIFECYCLE_NO_APP` where it is none. */
function asApp(value: unknown): ServableApp {
  const { addHook, close, listen, log } = Object(value) as Partial<ServableApp>
  if ([addHook, close, listen].every((member) => typeof member === 'function') && log) {
    return value as ServableApp
  }
  throw new DOCKERFLOW_LIFECYCLE_NO_APP()
}

/** Errors of code, not of the environment: where they come from helps more than what they say. */
const mistakes = ['ReferenceError', 'SyntaxError', 'TypeError']

/** What to do about an address that can't be listened on, by the system's code. */
const advice: Record<string, string> = {
  EACCES: '; set PORT to one from 1024 on',
  EADDRINUSE: '; stop what listens there, or set PORT to another port',
  EADDRNOTAVAIL: '; set HOST to an address of this machine'
}

/** What to do about an error of `listen()`; blank for any other. */
function adviceFor(err: unknown): string {
  const { syscall, code = '' } = Object(err) as NodeJS.ErrnoException
  return (syscall === 'listen' && advice[code]) || ''
}

/** An error as one line for people. */
function lineOf(err: Error & { code?: string }, message: string): string {
  const text = message.includes(err.message) ? message : `${message}: ${err.name}: ${err.message}`
  const place =
    err.code === undefined && mistakes.includes(err.name) ? /^ +(at .+)$/m.exec(err.stack ?? '') : null
  return `${text}${place ? ` (${place[1]})` : ''}`.replaceAll(/\s*\n\s*/g, ' ')
}

/** This process, while it runs an app. */
export class ServedProcess {
  readonly #options: ServeOptions
  #app: ServableApp | undefined
  #lifecycle: Lifecycle | undefined
  #building: Promise<void> = Promise.resolve()
  #signalled: number | undefined
  #lastWords: string | undefined
  #saidLast = false

  constructor(options: ServeOptions) {
    this.#options = options
    for (const signal of signals) process.on(signal, () => this.#onSignal(signal))
    const onError = (err: unknown) =>
      this.#end(err, this.#signalled === undefined && !this.#lastWords ? 'crashed' : 'crashed while closing')
    process.on('uncaughtException', onError)
    process.on('unhandledRejection', onError)
  }

  /** Builds the app, where a function does that, and listens. Ends the process where either fails. */
  async start(servable: Servable): Promise<void> {
    try {
      const built = this.#build(servable)
      this.#building = built.then(
        () => {},
        () => {}
      )
      const app = await built
      if (this.#signalled !== undefined) return // a signal came first, and closes what was built
      await this.#listen(app)
    } catch (err) {
      const message = `can't start: ${redactError(err).message}${adviceFor(err)}`
      if (this.#signalled === undefined) await this.#end(err, message)
    }
  }

  async #build(servable: Servable): Promise<ServableApp> {
    if (typeof servable !== 'function') {
      this.#app = asApp(servable)
      return this.#app
    }
    // The first app that is made has the log that says why the rest failed.
    const onApp = (message: unknown) => {
      this.#app ??= (message as { fastify: ServableApp }).fastify
    }
    subscribe('fastify.initialization', onApp)
    try {
      this.#app = asApp(await servable())
      return this.#app
    } finally {
      unsubscribe('fastify.initialization', onApp)
    }
  }

  async #listen(app: ServableApp): Promise<void> {
    const { heapThreshold = 0.75, containerThreshold = 0.9, reportDir } = this.#options
    const { port = portFrom(process.env), host = process.env.HOST || '127.0.0.1' } = this.#options
    // A client that keeps its connection would otherwise send its next request into a closed socket.
    app.addHook('onSend', (request, reply, _payload, done) => {
      if (this.#signalled !== undefined && request.raw.httpVersionMajor === 1)
        reply.header('connection', 'close')
      done()
    })
    const instance = app as unknown as FastifyInstance
    // Last, so that the app may have registered the plugin itself, without waiting for it.
    instance.register(
      fp(
        async (fastify) => {
          const known = fastify.hasPlugin('@dockerflow/lifecycle')
          this.#lifecycle = known ? fastify.lifecycle : watch(fastify)
        },
        { name: '@dockerflow/lifecycle/serve' }
      )
    )
    if (reportDir !== undefined) prepareReports(reportDir)
    const onPressure = (memory: MemoryPressure) => this.#warn(app, memory)
    if (heapThreshold > 0) watchHeap(heapThreshold, onPressure)
    if (containerThreshold > 0) watchContainer(containerThreshold, onPressure)
    await app.listen({ port, host })
    const start = about(app)
    app.log.info({ type: 'app.start', ...start }, 'started')
    if (isContainer(process.env) && app.addresses().every(isLoopback)) {
      const { addresses } = start
      const message = 'nothing outside this container can reach the service: set HOST=0.0.0.0'
      app.log.warn({ type: 'app.listen', addresses }, message)
    }
  }

  #onSignal(signal: NodeJS.Signals): void {
    if (this.#signalled === undefined) {
      this.#signalled = performance.now()
      this.#stop(signal)
    } else if (performance.now() - this.#signalled > sameRequest) {
      this.#app?.log.warn({ type: 'app.stop', signal }, 'second signal: ending at once')
      process.exit(1)
    }
  }

  async #stop(signal: NodeJS.Signals): Promise<void> {
    const { drainDelay = 0, closeTimeout = 8000 } = this.#options
    await within(closeTimeout, this.#building)
    const app = this.#app
    if (app === undefined) process.exit(0) // nothing was built that could be closed
    app.lbheartbeat?.drain()
    app.log.info({ type: 'app.drain', signal, drainDelay }, 'draining')
    await sleep(drainDelay)
    this.#lifecycle?.stop()
    try {
      const inOrder = await this.#close(app, closeTimeout)
      if (inOrder) app.log.info({ type: 'app.stop' }, 'closed')
      await flush(app.log)
      process.exit(inOrder ? 0 : 1)
    } catch (err) {
      return this.#end(err, "can't close")
    }
  }

  /** Resolves with whether the app closed, and left no request unanswered; rejects with what closing it throws. */
  async #close(app: ServableApp, closeTimeout: number): Promise<boolean> {
    const { close = () => app.close() } = this.#options
    const closed = Promise.resolve(close()).then(() => true)
    if (await within(closeTimeout, closed)) return true
    const open = (await this.#lifecycle?.cut()) ?? []
    const unanswered = open.some(({ begun }) => !begun)
    const line = { type: 'app.stop', closeTimeout }
    if (open.length > 0) {
      const level = unanswered ? 'error' : 'warn'
      const cut = { ...line, open: open.length, requests: describe(open) }
      app.log[level](cut, 'not closed in time: cutting open requests')
      if (await within(afterCut, closed)) return !unanswered
    }
    app.log.error(line, 'not closed in time: ending at once')
    return false
  }

  /** One fatal line, and the end: nothing that runs after it can be relied on. */
  async #end(thrown: unknown, message: string): Promise<never> {
    const err = redactError(thrown)
    // What fails while the log is flushed may be the log itself.
    const again = this.#lastWords !== undefined
    this.#lastWords ??= lineOf(err, message)
    const log = this.#app?.log
    let said = log !== undefined
    try {
      log?.fatal({ type: 'app.crash', err }, message)
    } catch {
      said = false
    }
    this.#report({
      type: 'crash',
      error: { name: err.name, message: err.message, stack: String(err.stack) }
    })
    if (!(log && said && carries(log) && (again || (await flush(log))))) {
      if (!this.#saidLast) lastResort(this.#lastWords)
      this.#saidLast = true
    }
    process.exit(1)
  }

  #warn(app: ServableApp, memory: MemoryPressure): void {
    const { rss, external } = process.memoryUsage()
    app.log.warn({ type: 'app.memory', ...memory, rss, external }, 'memory is nearly used up')
    this.#report({ type: 'memory', memory })
  }

  #report(incident: Incident): void {
    const { reportDir } = this.#options
    if (reportDir === undefined) return
    try {
      writeReport(reportDir, incident, this.#app?.versionObject ?? undefined)
    } catch (err) {
      this.#app?.log.error({ type: 'app.report', err }, "can't write a report")
    }
  }
}
