import type { CheckContext, CheckResult, HeartbeatCheckObject } from '@dockerflow/heartbeat'

/** A connection that belongs to one check. */
export interface KeptConnection {
  /** Connects. Called once, first. */
  open(context: CheckContext): Promise<unknown>
  /** Makes a round trip to the server. */
  ask(context: CheckContext): Promise<CheckResult>
  /** Destroys the socket, in whatever state it is, at once. May be called more than once. */
  destroy(): void
}

/**
 * A check that keeps one connection of its own: opened when it is first needed, kept while all goes well, and
 * destroyed at the first error, when the signal is aborted, on `kill()` and on `close()`. So it costs the server
 * one connection at most, and no login for each probe.
 *
 * @param create Makes a connection that isn't open yet. It calls `lost` when the connection ends by itself.
 */
export function keepConnection(create: (lost: () => void) => KeptConnection): HeartbeatCheckObject {
  let kept: { connection: KeptConnection; opened: boolean } | undefined

  function drop(): void {
    const dropped = kept
    kept = undefined
    dropped?.connection.destroy()
  }

  // Drivers may leave a promise pending for good once their socket is destroyed: hence the race.
  async function work<T>({ signal }: CheckContext, task: () => Promise<T>): Promise<T> {
    signal.throwIfAborted()
    const { promise: aborted, reject } = Promise.withResolvers<never>()
    const abort = () => {
      reject(signal.reason)
      drop()
    }
    signal.addEventListener('abort', abort, { once: true })
    try {
      return await Promise.race([task(), aborted])
    } catch (err) {
      drop()
      throw err
    } finally {
      signal.removeEventListener('abort', abort)
    }
  }

  async function opened(context: CheckContext): Promise<KeptConnection> {
    if (kept?.opened) return kept.connection
    drop() // what an earlier run left half open
    const mine = { connection: create(() => kept === mine && drop()), opened: false }
    kept = mine
    await work(context, () => mine.connection.open(context))
    mine.opened = true
    return mine.connection
  }

  return {
    async connect(context) {
      await opened(context)
    },
    async run(context) {
      const connection = await opened(context)
      return work(context, () => connection.ask(context))
    },
    kill: drop,
    close: drop
  }
}
