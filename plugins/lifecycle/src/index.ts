import type { AddressInfo } from 'node:net'
import { setTimeout as sleep } from 'node:timers/promises'
import { inspect } from 'node:util'
import type { Lbheartbeat } from '@dockerflow/lbheartbeat'
import closeWithGrace, { type AllEvents } from 'close-with-grace'
import type { FastifyBaseLogger, FastifyInstance } from 'fastify'
import { portFrom, type ServeOptions, validate } from './options.ts'

export type { ServeOptions } from './options.ts'

/** What `serve()` uses of a Fastify app, whatever the app's server, logger and type provider are. */
export interface ServableApp extends Pick<FastifyInstance, 'addresses' | 'close' | 'listen'> {
  log: FastifyBaseLogger & { flush?(done: () => void): void }
  addHook(
    name: 'onSend',
    hook: (
      request: { raw: { httpVersionMajor: number } },
      reply: { header(name: string, value: string): unknown },
      payload: unknown,
      done: () => void
    ) => void
  ): unknown
  /** `@dockerflow/lbheartbeat`, where the app has it. */
  lbheartbeat?: Pick<Lbheartbeat, 'drain'>
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

/** Anything can be thrown; a log line wants an error with a traceback. */
function asError(thrown: unknown): Error {
  return thrown instanceof Error ? thrown : new Error(`thrown, and no error: ${inspect(thrown)}`)
}

/** Resolves once what was logged is written, as far as that can be told. */
async function flush(log: ServableApp['log']): Promise<void> {
  await new Promise<void>((resolve) => (log.flush ? log.flush(() => resolve()) : resolve()))
  // pino's own destination calls back while a write is still under way in the thread pool. To exit then would
  // lose its line, or put it behind those that are written while exiting.
  for (let ms = 0; ms < 500 && process.getActiveResourcesInfo().includes('FSReqCallback'); ms++)
    await sleep(1)
}

/** What the app listens on, each as `host:port`. */
function addresses(app: ServableApp): string[] {
  // serve() listens on no socket file, the one thing whose address is a string.
  const bound = app.addresses() as AddressInfo[]
  return bound.map(({ address, family, port }) => `${family === 'IPv6' ? `[${address}]` : address}:${port}`)
}

/**
 * Runs the app as this process: listens, and answers signals and crashes. For the app's entry file; call it once,
 * before the app is ready. Resolves once the app listens; when it can't, one line of type `app.crash` says why and
 * the process ends with code 1.
 *
 * Rejects with `DOCKERFLOW_LIFECYCLE_INVALID_OPTION` for a bad option.
 */
export async function serve(app: ServableApp, options: ServeOptions = {}): Promise<void> {
  validate(options)
  const { drainDelay = 0, closeTimeout = 8000, host = process.env.HOST || '127.0.0.1' } = options
  const { log } = app
  let draining = false

  const crash = (thrown: unknown, message: string) => {
    log.fatal({ type: 'app.crash', err: asError(thrown) }, message)
  }
  const fail = async (thrown: unknown, message: string) => {
    crash(thrown, message)
    await flush(log)
    process.exit(1)
  }

  // A client that keeps its connection would otherwise send its next request into a closed socket.
  app.addHook('onSend', (request, reply, _payload, done) => {
    if (draining && request.raw.httpVersionMajor === 1) reply.header('connection', 'close')
    done()
  })

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
      if ('err' in cause) return fail(cause.err, 'crashed')
      draining = true
      app.lbheartbeat?.drain()
      log.info({ type: 'app.drain', signal: cause.signal, drainDelay }, 'draining')
      await sleep(drainDelay)
      try {
        await app.close()
      } catch (err) {
        return fail(err, "can't close")
      }
      log.info({ type: 'app.stop' }, 'closed')
      await flush(log)
    }
  )

  try {
    await app.listen({ port: options.port ?? portFrom(process.env), host })
  } catch (err) {
    if (draining) return // a signal came first, and closed what was about to start
    grace.uninstall()
    await fail(err, `can't start: ${asError(err).message}`)
  }
  log.info({ type: 'app.start', node: process.version, addresses: addresses(app) }, 'started')
}
