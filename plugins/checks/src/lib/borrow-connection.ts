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

const ignore = () => {}

/**
 * A check that borrows a connection of the app's pool for each run. When the run fails or its signal is aborted,
 * the pool loses that connection and nothing else.
 */
export function borrowConnection<Connection>(lender: Lender<Connection>): HeartbeatCheckObject {
  // A place in a pool's queue can't be given up. An aborted run gives back what it gets in the end, and until then
  // no other queues: so a pool that is stuck never holds more than one request of ours.
  let queued: Promise<void> | undefined

  async function acquire(aborted: Promise<never>, signal: AbortSignal): Promise<Connection> {
    if (queued) await Promise.race([queued, aborted])
    const acquiring = lender.acquire()
    return Promise.race([acquiring, aborted]).catch((err) => {
      if (signal.aborted) {
        queued = acquiring
          .then(lender.release)
          .catch(ignore)
          .then(() => {
            queued = undefined
          })
      }
      throw err
    })
  }

  return {
    async run({ signal }: CheckContext): Promise<CheckResult> {
      signal.throwIfAborted()
      const { promise: aborted, reject } = Promise.withResolvers<never>()
      const abort = () => reject(signal.reason)
      signal.addEventListener('abort', abort, { once: true })
      try {
        const connection = await acquire(aborted, signal)
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
  }
}
