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

interface Kept {
  readonly connection: KeptConnection
  opened: boolean
  /** Whether an earlier run went well on it. */
  proven: boolean
}

/**
 * A check that keeps one connection of its own: opened when it is first needed, kept while all goes well, and
 * destroyed at the first error, when the signal is aborted, on `kill()` and on `close()`. So it costs the server
 * one connection at most, and no login for each probe.
 *
 * An error on a connection that was kept may say no more than that the connection was old: the run then asks
 * again, once, on a new one.
 *
 * @param create Makes a connection that isn't open yet. It calls `lost` when the connection ends by itself.
 */
export function keepConnection(create: (lost: () => void) => KeptConnection): HeartbeatCheckObject {
  let kept: Kept | undefined
  let closed = false

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
    return Promise.race([(async () => task())(), aborted])
      .catch((err) => {
        drop()
        throw err
      })
      .finally(() => signal.removeEventListener('abort', abort))
  }

  async function opened(context: CheckContext): Promise<Kept> {
    if (closed) throw new Error('the check is closed')
    if (kept?.opened) return kept
    drop() // what an earlier run left half open
    const mine: Kept = { connection: create(() => kept === mine && drop()), opened: false, proven: false }
    kept = mine
    await work(context, () => mine.connection.open(context))
    mine.opened = true
    return mine
  }

  async function ask(context: CheckContext): Promise<CheckResult> {
    const mine = await opened(context)
    try {
      const result = await work(context, () => mine.connection.ask(context))
      mine.proven = true
      return result
    } catch (err) {
      if (!mine.proven || context.signal.aborted) throw err
      return ask(context)
    }
  }

  return {
    async connect(context) {
      await opened(context)
    },
    run: ask,
    kill: drop,
    close() {
      closed = true
      drop()
    }
  }
}
