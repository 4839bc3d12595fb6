import type { CheckContext, CheckResult, HeartbeatCheckObject } from '@dockerflow/heartbeat'

/** How connections are had from a pool of the app's. */
export interface Lender<Connection> {
  /** Takes a connection out of the pool, as soon as there is one. */
  acquire(): Promise<Connection>
  /** Makes a round trip to the server. */
  ask(connection: Connection): Promise<CheckResult>
  /** Gives the connection back. */
  release(connection: Connection): void
  /** Destroys the connection at once: nobody knows what state it is in. */
  destroy(connection: Connection): void
}

/**
 * A check that borrows a connection of the app's pool for each run. When the run fails or its signal is aborted,
 * the pool loses that connection and nothing else.
 */
export function borrowConnection<Connection>(lender: Lender<Connection>): HeartbeatCheckObject {
  // A place in a pool's queue can't be given up. An aborted run leaves its own to the next one: so a pool that
  // is stuck never holds more than one request of ours.
  let queued: Promise<Connection> | undefined

  function giveBack(): void {
    const late = queued
    queued = undefined
    late?.then(lender.release, () => {})
  }

  async function run({ signal }: CheckContext): Promise<CheckResult> {
    signal.throwIfAborted()
    const { promise: aborted, reject } = Promise.withResolvers<never>()
    const abort = () => reject(signal.reason)
    signal.addEventListener('abort', abort, { once: true })
    try {
      queued ??= lender.acquire()
      const mine = queued
      const connection = await Promise.race([mine, aborted]).catch((err) => {
        if (!signal.aborted) queued = undefined
        throw err
      })
      queued = undefined
      try {
        const result = await Promise.race([lender.ask(connection), aborted])
        lender.release(connection)
        return result
      } catch (err) {
        lender.destroy(connection)
        throw err
      }
    } finally {
      signal.removeEventListener('abort', abort)
    }
  }

  return { run, close: giveBack }
}
