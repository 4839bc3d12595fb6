import { writeSync } from 'node:fs'
import { setTimeout as sleep } from 'node:timers/promises'
import type { FastifyBaseLogger } from 'fastify'

/** A logger that may say when what it was given is written, as pino's does. */
export type Log = FastifyBaseLogger & {
  flush?(done: (err?: Error) => void): void
  isLevelEnabled?(level: string): boolean
}

/** What streams say of themselves: Node's, pino's destinations and transports, and a pino.multistream. */
interface LogStream {
  destroyed?: boolean
  errored?: Error | null
  closed?: boolean
  fd?: number
  streams?: { stream: LogStream }[]
}

/** How long to wait for lines to be written, in ms. */
const patience = 1000

/**
 * Resolves once what was logged is written, as far as that can be known; with false when it isn't, because the log's
 * stream is dead or hangs.
 */
export async function flush(log: Log): Promise<boolean> {
  const late = new AbortController()
  const written = await Promise.race([
    new Promise<boolean>((resolve) => {
      if (!log.flush) return resolve(true)
      try {
        log.flush((err) => resolve(!err))
      } catch {
        resolve(false)
      }
    }),
    sleep(patience, false, { signal: late.signal })
  ])
  late.abort()
  // pino's own destination calls back while a write is still under way in the thread pool. To exit then would
  // lose its line, or put it behind those that are written while exiting.
  const writing = () => process.getActiveResourcesInfo().includes('FSReqCallback')
  for (let ms = 0; ms < 500 && writing(); ms++) await sleep(1)
  return written && carries(log)
}

/** Whether a fatal line has somewhere to go. */
export function carries(log: Log): boolean {
  // Fastify's logger for `logger: false` has no level.
  if (!('level' in log) || log.isLevelEnabled?.('fatal') === false) return false
  const stream = streamOf(log)
  return stream === undefined || isAlive(stream)
}

/** Where pino's logger writes to: a member whose symbol each copy of pino has for itself. */
function streamOf(log: object): LogStream | undefined {
  for (let at: object | null = log; at !== null; at = Object.getPrototypeOf(at)) {
    const symbol = Object.getOwnPropertySymbols(at).find(({ description }) => description === 'pino.stream')
    if (symbol) return Reflect.get(at, symbol)
  }
  return undefined
}

function isAlive({ destroyed, errored, closed, fd, streams }: LogStream): boolean {
  if (streams) return streams.some(({ stream }) => isAlive(stream))
  return !destroyed && !errored && !closed && (typeof fd !== 'number' || fd >= 0)
}

/** Says on stderr what the log can't say. */
export function lastResort(line: string): void {
  try {
    writeSync(2, `${line}\n`)
  } catch {
    // Nobody reads it: there is nowhere left to say so.
  }
}
