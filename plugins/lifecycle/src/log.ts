import { setTimeout as sleep } from 'node:timers/promises'
import type { FastifyBaseLogger } from 'fastify'

/** A logger that may be able to tell when what it was given is written, as pino's is. */
export type Log = FastifyBaseLogger & { flush?(done: () => void): void }

/** Resolves once what was logged is written, as far as that can be told. */
export async function flush(log: Log): Promise<void> {
  await new Promise<void>((resolve) => (log.flush ? log.flush(() => resolve()) : resolve()))
  // pino's own destination calls back while a write is still under way in the thread pool. To exit then would
  // lose its line, or put it behind those that are written while exiting.
  const writing = () => process.getActiveResourcesInfo().includes('FSReqCallback')
  for (let ms = 0; ms < 500 && writing(); ms++) await sleep(1)
}
