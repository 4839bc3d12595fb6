import type { CheckContext, CheckResult, HeartbeatCheckObject } from '@dockerflow/heartbeat'
import { abortable } from './abortable.ts'
import { destroyed } from './destroyed.ts'

/** How to borrow from the app's pool. */
export interface Lender<Connection> {
  /** Takes a connection out of the pool, as soon as there is one. */
  acquire(): Promise<Connection>
  /** Makes a round trip to the server. */
  ask(connection: Connection): Promise<CheckResult>
  /** Gives the connection back. */
  release(connection: Connection): unknown
  /** Destroys the connection at once: nobody knows what state it is in. */
  destroy(connection: Connection): void
}

const ignore = () => {}

/**
 * A check that borrows a connection of the app's pool for each run. When the run fails or its signal is aborted,
 * the pool loses that connection and nothing else.
 */
export function borrowConnection<Connection>(lender: Lender<Connection>): HeartbeatCheckObject {
  // A place in a pool's queue can't be given up. An aborted run returns what it gets in the end, and until then no
  // other run queues: so a stuck pool never holds more than one request of ours.
  let queued: Promise<void> | undefined

  async function acquire(signal: AbortSignal): Promise<Connection> {
    await abortable(signal, () => queued)
    const acquiring = lender.acquire()
    return abortable(signal, () => acquiring).catch((err) => {
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
      const connection = await acquire(signal)
      try {
        return await abortable(signal, async () => {
          const result = await lender.ask(connection)
          await lender.release(connection)
          return result
        })
      } catch (err) {
        throw destroyed(err, () => lender.destroy(connection))
      }
    }
  }
}
