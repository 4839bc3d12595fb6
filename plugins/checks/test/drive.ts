import { setTimeout as sleep } from 'node:timers/promises'
import { inspect } from 'node:util'
import type { CheckMessage, HeartbeatCheckObject } from '@dockerflow/heartbeat'

/** Must never be seen in what a check returns or throws. */
export const canary = 'canary-p4ssw0rd-of-the-app'

/** What came of a run. */
export interface Outcome {
  messages: CheckMessage[]
  /** What was thrown, if anything. */
  err?: unknown
  /** The run took longer than its budget. */
  timedOut: boolean
  /** The run ignored its signal, and then settled on `kill()` or never. */
  killed: boolean
  wedged: boolean
}

export const grace = 250
/** The budget of a run that must fail. */
export const tight = 250

/** Runs a check once as the engine does: signal at the timeout, 250 ms of grace, then `kill()`. */
export async function drive(check: HeartbeatCheckObject, budget = 10_000): Promise<Outcome> {
  const outcome: Outcome = { messages: [], timedOut: false, killed: false, wedged: false }
  const phase = async <T>(budget: number, work: (signal: AbortSignal) => T | Promise<T>): Promise<T> => {
    const controller = new AbortController()
    let settled = false
    const running = (async () => work(controller.signal))().finally(() => {
      settled = true
    })
    running.catch(() => {})
    const settles = async (ms: number) => {
      const ends = new AbortController()
      await Promise.race([running.catch(() => {}), sleep(ms, undefined, ends).catch(() => {})])
      ends.abort()
      return settled
    }
    if (await settles(budget)) return running
    outcome.timedOut = true
    controller.abort(new Error('timed out'))
    if (await settles(grace)) return running
    outcome.killed = true
    check.kill?.()
    if (await settles(grace)) return running
    outcome.wedged = true
    throw new Error('wedged')
  }
  try {
    await phase(budget, (signal) => check.connect?.({ signal }))
    const result = await phase(budget, (signal) => check.run({ signal }))
    outcome.messages = [result ?? []].flat()
  } catch (err) {
    outcome.err = err
  }
  return outcome
}

/** The outcome as the heartbeat publishes and logs it, before it cuts credentials out. */
export function written({ messages, err }: Outcome): string {
  const texts = (thrown: unknown, depth = 0): unknown =>
    thrown instanceof Error && depth < 5
      ? [
          thrown.name,
          thrown.message,
          thrown.stack,
          (thrown as { code?: unknown }).code,
          texts(thrown.cause, depth + 1),
          ((thrown as { errors?: unknown[] }).errors ?? []).map((each) => texts(each, depth + 1))
        ]
      : String(thrown)
  return inspect([messages.map(({ id, message, err }) => [id, message, texts(err)]), texts(err)], {
    depth: 20,
    maxStringLength: null
  })
}

/** Resolves when `condition` holds; rejects when that takes longer than `ms`. */
export async function until(
  condition: () => boolean | Promise<boolean>,
  what: string,
  ms = 5000
): Promise<void> {
  const deadline = performance.now() + ms
  while (!(await condition())) {
    if (performance.now() > deadline) throw new Error(`still not after ${ms} ms: ${what}`)
    await sleep(20)
  }
}

/** Whether a run went well: a warning is well. */
export const ok = (outcome: Outcome) =>
  outcome.err === undefined && outcome.messages.every(({ level }) => level < 40)

/** What a check says while the app's client is closed for good. */
export const clientClosed = {
  level: 40,
  id: 'dockerflow.health.E103',
  message: "the app's client is closed"
}
