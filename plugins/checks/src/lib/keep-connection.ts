import type { CheckContext, CheckMessage, CheckResult, HeartbeatCheckObject } from '@dockerflow/heartbeat'
import { maxTime, numberFrom } from '@dockerflow/kit/options'
import { abortable } from './abortable.ts'
import { destroyed, problemOf } from './destroyed.ts'
import { undestroyed } from './messages.ts'

/** A connection that belongs to one check. */
export interface KeptConnection {
  /** Connects. Called once, first. */
  open(context: CheckContext): Promise<unknown>
  /** Makes a round trip to the server. */
  ask(context: CheckContext): Promise<CheckResult>
  /** Destroys the socket, in whatever state it is, at once. May be called more than once. */
  destroy(): void
}

/** For how long a connection is kept. */
export interface KeepOptions {
  /**
   * The greatest age of a connection, in ms; 0 keeps it for as long as it works. Each one ends a little earlier, at
   * random, so that those of a fleet don't end together.
   * @default 60_000
   */
  maxAge?: number | undefined
}

/** What `maxAge` must be. */
export const ageInMs = numberFrom(0, maxTime, 'ms')

interface Kept {
  readonly connection: KeptConnection
  readonly until: number
  opened: boolean
  /** Whether an earlier run went well on it. */
  proven: boolean
}

/** Whether an answer fails the check: 40 is `Level.ERROR` of @dockerflow/heartbeat, of which only types are imported. */
export const isFailing = (messages: CheckMessage[]): boolean => messages.some(({ level }) => level >= 40)

/** By which part of its greatest age a connection may end earlier. */
const jitter = 0.2

/**
 * A check that keeps one connection of its own. It opens when it is first needed, stays while all goes well, and is
 * destroyed at the first error or failing answer, when it is too old, when the signal is aborted, on `kill()` and on
 * `close()`. So it costs the server one connection at most, and no login for each probe.
 *
 * A failure on a connection that was kept may mean only that the connection was old, or led to a server that
 * changed its role: the run then asks again, once, on a new one.
 *
 * @param create Makes a connection that isn't open yet. It calls `lost` when the connection ends by itself.
 */
export function keepConnection(
  create: (lost: () => void) => KeptConnection,
  { maxAge = 60_000 }: KeepOptions = {}
): HeartbeatCheckObject {
  let kept: Kept | undefined
  let closed = false
  /** What destroying a connection threw where no run could say so. */
  let problem: unknown

  function drop(): void {
    const dropped = kept
    kept = undefined
    dropped?.connection.destroy()
  }

  function dropQuietly(): void {
    problem = problemOf(drop) ?? problem
  }

  async function work<T>({ signal }: CheckContext, task: () => Promise<T>): Promise<T> {
    try {
      return await abortable(signal, task, drop)
    } catch (err) {
      throw destroyed(err, drop)
    }
  }

  async function opened(context: CheckContext): Promise<Kept> {
    if (closed) throw new Error('the check is closed')
    if (kept?.opened && performance.now() < kept.until) return kept
    dropQuietly() // too old, or left half open by an earlier run
    const mine: Kept = {
      connection: create(() => {
        if (kept === mine) dropQuietly()
      }),
      until:
        maxAge === 0 ? Number.POSITIVE_INFINITY : performance.now() + maxAge * (1 - jitter * Math.random()),
      opened: false,
      proven: false
    }
    kept = mine
    await work(context, () => mine.connection.open(context))
    mine.opened = true
    return mine
  }

  async function ask(context: CheckContext): Promise<CheckMessage[]> {
    const mine = await opened(context)
    let messages: CheckMessage[]
    try {
      const result = await work(context, () => mine.connection.ask(context))
      messages = [result ?? []].flat()
    } catch (err) {
      if (!mine.proven || context.signal.aborted) throw err
      return ask(context)
    }
    if (isFailing(messages)) {
      if (kept === mine) dropQuietly()
      return mine.proven ? ask(context) : messages
    }
    mine.proven = true
    return messages
  }

  return {
    async connect(context) {
      await opened(context)
    },
    async run(context) {
      const messages = await ask(context)
      if (problem === undefined) return messages
      const shown = undestroyed(problem)
      problem = undefined
      return [...messages, shown]
    },
    kill: drop,
    close() {
      closed = true
      drop()
      if (problem !== undefined) throw problem
    }
  }
}
