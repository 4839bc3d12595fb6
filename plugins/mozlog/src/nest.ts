import type { FastifyBaseLogger } from 'fastify'

/** A message of Nest's: any value, and after it more messages, a stack, and the context that logs it. */
type Write = (message: unknown, ...rest: unknown[]) => void

/** What Nest calls a `LoggerService`. */
export interface NestLogger {
  log: Write
  error: Write
  warn: Write
  debug: Write
  verbose: Write
  fatal: Write
}

const isStack = (value: unknown): value is string => typeof value === 'string' && /\n {4}at /.test(value)

/**
 * Nest's `LoggerService` over a logger of Fastify's, such as `createMozlog()` or `app.log`, for
 * `NestFactory.create(module, adapter, { logger })`. Each message is one line; the context becomes the field `context`.
 */
export function nestLogger(log: FastifyBaseLogger): NestLogger {
  const write =
    (level: 'info' | 'error' | 'warn' | 'debug' | 'trace' | 'fatal'): Write =>
    (message, ...rest) => {
      const last = rest.at(-1)
      const context = typeof last === 'string' && !isStack(last) ? last : undefined
      const stack = rest.find(isStack)
      const others = rest.filter((value) => value !== undefined && value !== stack && value !== context)
      for (const each of [message, ...others]) {
        if (each instanceof Error) log[level]({ context, err: each }, each.message)
        else if (typeof each === 'object' && each !== null) log[level]({ context, ...each })
        else if (each === message && stack !== undefined) {
          log[level]({ context, err: { name: 'Error', message: String(each), stack } }, String(each))
        } else log[level]({ context }, String(each))
      }
    }
  return {
    log: write('info'),
    error: write('error'),
    warn: write('warn'),
    debug: write('debug'),
    verbose: write('trace'),
    fatal: write('fatal')
  }
}
