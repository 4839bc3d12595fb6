import { setTimeout as sleep } from 'node:timers/promises'
import type { CheckContext, CheckMessage, HeartbeatCheckObject } from '@dockerflow/heartbeat'
import { destroyed } from './destroyed.ts'
import { failure } from './failure.ts'
import { isFailing, type KeepOptions, type KeptConnection, keepConnection } from './keep-connection.ts'

/** A connection to one of several servers. */
interface OneConnection extends KeptConnection {
  ask(context: CheckContext): Promise<CheckMessage[]>
}

/** Makes a connection to one server that isn't open yet. It calls `lost` when the connection ends by itself. */
export type Candidate = (lost: () => void) => OneConnection

/** What each of many servers has for its answer at least, in ms. */
const leastShare = 500

/**
 * A check that keeps one connection, to the first of several servers that answers well, as the app's own client
 * would find it. The search begins with the server that answered last. One that hangs has its share of
 * `connectTimeout` and no more; when all of it is over, the next search begins behind that server.
 */
export function keepOneOf(
  candidates: (signal: AbortSignal) => Candidate[] | Promise<Candidate[]>,
  { connectTimeout = 5000, ...options }: KeepOptions & { connectTimeout?: number | undefined }
): HeartbeatCheckObject {
  let next = 0

  return keepConnection((lost) => {
    let all: Candidate[] = []
    let untried = 0
    let current: OneConnection | undefined
    let ended = false
    const destroy = () => current?.destroy()

    async function openNext(context: CheckContext): Promise<void> {
      let reason: unknown = failure('NO_SERVER', "the app's client knows no server")
      const limit = all.length > 1 ? Math.max(connectTimeout / all.length, leastShare) : undefined
      while (untried > 0 && !ended) {
        const create = all[next % all.length] as Candidate
        next += 1 // unless it opens: a run that is aborted leaves it so
        untried -= 1
        const mine = create(() => {
          if (current === mine) lost()
        })
        current = mine
        try {
          await within(limit, mine.open(context))
          next -= 1
          return
        } catch (err) {
          reason = destroyed(err, destroy)
        }
      }
      throw reason
    }

    async function ask(context: CheckContext): Promise<CheckMessage[]> {
      const messages = await (current as OneConnection).ask(context) // it is open
      if (untried === 0 || !isFailing(messages)) return messages
      next += 1
      destroy()
      await openNext(context)
      return ask(context)
    }

    return {
      async open(context) {
        all = await candidates(context.signal)
        untried = all.length
        await openNext(context)
      },
      ask,
      destroy() {
        ended = true
        destroy()
      }
    }
  }, options)
}

/** Settles as `task` does, or rejects after so many ms. */
async function within(limit: number | undefined, task: Promise<unknown>): Promise<void> {
  if (limit === undefined) return void (await task)
  const settled = new AbortController()
  const late = sleep(limit, undefined, settled).then(() => {
    throw failure('ETIMEDOUT', `no answer within ${Math.round(limit)} ms`)
  })
  try {
    await Promise.race([task, late])
  } finally {
    late.catch(() => {})
    settled.abort()
  }
}
