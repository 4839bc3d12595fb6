import { AsyncResource } from 'node:async_hooks'
import {
  type CheckContext,
  type CheckMessage,
  type CheckOptions,
  type HeartbeatCheckObject,
  jitter,
  Level
} from './check.ts'
import { guardSignal } from './guard-signal.ts'
import { failed, readResult, slow, stale, timedOut, wedged } from './messages.ts'
import { type CheckReport, highest, unknown } from './report.ts'
import { Threshold } from './threshold.ts'

/** What an aborted run has to end by itself before `kill()`, and after it before it is wedged, in ms. */
const grace = 250

/** A check with all of its options. */
export interface Check extends Record<keyof CheckOptions, number> {
  name: string
  check: HeartbeatCheckObject
  /** Ids of messages that are neither shown nor counted. */
  silenced: ReadonlySet<string>
}

/** What a monitor tells. */
export interface Listener {
  /** A run ended, or took too long: once a run. */
  result(check: string, level: number, duration: number): void
  /** What `report()` says of the check is not what it said before. */
  change(check: string, report: CheckReport, previousLevel: number): void
  /** Something that was called for the check threw. */
  problem(check: string, method: string, err: unknown): void
}

interface Run {
  phase: 'running' | 'late' | 'wedged'
  readonly controller: AbortController
  readonly startedAt: number
  /** Resolves when the run has a result, and after `wait` at the latest. */
  readonly answer: Promise<void>
  readonly resolve: () => void
  /** For how long requests wait. */
  readonly patience: NodeJS.Timeout
  /** For how long the run may stay in its present step. */
  budget?: NodeJS.Timeout
}

/**
 * The life of one check. There is never more than one run in flight, and a run belongs to no request.
 *
 * | state   | run in flight                | becomes                                 | a request                    |
 * | ------- | ---------------------------- | --------------------------------------- | ---------------------------- |
 * | idle    | no; there was none yet       | running, when asked or polled           | starts a run, and waits      |
 * | running | yes                          | fresh when it settles or times out;     | waits                        |
 * |         |                              | late after `wait`                       |                              |
 * | late    | yes; nobody waits any more   | fresh when it settles or times out;     | gets the last result if it   |
 * |         |                              | wedged when, timed out, it outlives     | is not older than `maxStale`,|
 * |         |                              | abort, grace, `kill()` and grace        | else `timed out`             |
 * | wedged  | yes, and it can't be ended   | stale when it settles after all         | is critical                  |
 * | fresh   | no; result younger than `ttl`| stale after `ttl`                       | gets the result              |
 * | stale   | no; result older than `ttl`  | running, when asked or polled           | starts a run, and waits      |
 *
 * With `interval` a poller starts the runs instead of requests: those get the result until `maxStale`, from then
 * on critical. Time is monotonic; timers keep no process alive.
 */
export class Monitor {
  readonly #check: Check
  readonly #listener: Listener
  readonly #timedOut: CheckReport
  readonly #wedged: CheckReport
  readonly #stale: CheckReport
  readonly #threshold: Threshold
  #run: Run | undefined
  #last: { report: CheckReport; at: number } | undefined
  #shown: CheckReport | undefined
  #poll: NodeJS.Timeout | undefined
  #closing: Promise<void> | undefined

  constructor(check: Check, listener: Listener) {
    this.#check = check
    this.#listener = listener
    this.#timedOut = this.#toReport([timedOut(check.level)])
    this.#wedged = this.#toReport([wedged])
    this.#stale = this.#toReport([stale])
    this.#threshold = new Threshold(check)
  }

  /** Begins to poll, where `interval` asks for it. */
  poll(): void {
    if (this.#check.interval > 0) this.#start()
  }

  /** Starts a run if one is due. What it returns, if anything, resolves after `wait` at the latest. */
  refresh(): Promise<void> | undefined {
    const { interval, ttl, maxStale } = this.#check
    if (this.#closing || this.#isYounger(interval > 0 ? maxStale : ttl)) return
    if (!this.#run && interval === 0) this.#start()
    if (this.#run?.phase !== 'running') return
    this.#run.patience.ref() // someone waits, for a bounded time
    return this.#run.answer
  }

  /** What is known now. Runs nothing. */
  report(): CheckReport {
    const report = this.#report()
    if (report !== this.#shown && report !== unknown) {
      const previous = this.#shown?.level ?? Level.OK
      this.#shown = report
      this.#listener.change(this.#check.name, report, previous)
    }
    return report
  }

  #report(): CheckReport {
    const { interval, maxStale } = this.#check
    const phase = this.#run?.phase
    if (phase === 'wedged') return this.#wedged
    if (this.#last && this.#isYounger(maxStale)) return this.#last.report
    if (this.#last && interval > 0) return this.#stale
    if (phase === 'late') return this.#timedOut
    return this.#last?.report ?? unknown
  }

  /** Ends what is in flight and closes the check, in little more than 250 ms at the most. */
  close(): Promise<void> {
    this.#closing ??= this.#close()
    return this.#closing
  }

  #isYounger(age: number): boolean {
    return this.#last !== undefined && performance.now() - this.#last.at < age
  }

  // Bound: else a run would carry, and keep, the asynchronous context of the request that happened to start it.
  readonly #start = AsyncResource.bind((): void => {
    const { promise: answer, resolve } = Promise.withResolvers<void>()
    const startedAt = performance.now()
    const patience = afterwards(this.#check.wait, () => this.#late(run))
    const run: Run = {
      phase: 'running',
      controller: new AbortController(),
      startedAt,
      answer,
      resolve,
      patience
    }
    this.#run = run
    this.#attempt(run).then((messages) => this.#settle(run, messages))
  })

  /** Never rejects. */
  async #attempt(run: Run): Promise<CheckMessage[]> {
    const { name, check, level, timeout, connectTimeout } = this.#check
    const signal = guardSignal(run.controller.signal, (err) => this.#listener.problem(name, 'abort', err))
    const context: CheckContext = { signal }
    try {
      if (check.connect) {
        this.#allow(run, connectTimeout, () => this.#expire(run))
        await check.connect(context)
        context.signal.throwIfAborted()
      }
      this.#allow(run, timeout, () => this.#expire(run))
      return readResult(name, await check.run(context))
    } catch (err) {
      // The run's time is over, so nobody sees what it throws now. A check that also failed to destroy its connection
      // throws that on top of the reason it was given.
      if (signal.aborted && err instanceof AggregateError && err.cause === signal.reason) {
        this.#listener.problem(name, 'abort', err)
      }
      return [failed(level, err)]
    }
  }

  /** Gives the run so long for its next step. */
  #allow(run: Run, time: number, expired: () => void): void {
    clearTimeout(run.budget)
    const budget = afterwards(time, () => {
      if (this.#run === run && run.budget === budget) expired()
    })
    run.budget = budget
  }

  #late(run: Run): void {
    clearTimeout(run.patience)
    if (run.phase === 'running') run.phase = 'late'
    run.resolve()
  }

  #expire(run: Run): void {
    this.#record(run, [timedOut(this.#check.level)])
    this.#late(run)
    run.controller.abort(new DOMException('the check timed out', 'TimeoutError'))
    this.#allow(run, grace, () => {
      this.#quietly('kill')
      this.#allow(run, grace, () => this.#wedge(run))
    })
  }

  #wedge(run: Run): void {
    run.phase = 'wedged'
    this.report()
  }

  #settle(run: Run, messages: CheckMessage[]): void {
    clearTimeout(run.budget)
    this.#run = undefined
    if (!run.controller.signal.aborted) this.#record(run, messages) // else there is a newer result
    this.#late(run)
    this.report()
    const { interval } = this.#check
    if (interval === 0 || this.#closing) return
    this.#poll = setTimeout(this.#start, interval * (1 + jitter * (2 * Math.random() - 1))).unref()
  }

  #record(run: Run, messages: CheckMessage[]): void {
    const at = performance.now()
    const duration = at - run.startedAt
    const { name, slow: limit } = this.#check
    const all = limit > 0 && duration > limit ? [...messages, slow(limit)] : messages
    const report = this.#toReport(this.#threshold.damp(all, this.#visible(all)))
    report.measured = { duration, time: Date.now() }
    if (this.#last && sameTexts(this.#last.report, report)) {
      // The same object as before says that nothing changed but its errors, for the log's reminder, and its time.
      Object.assign(this.#last.report, { messages: report.messages, measured: report.measured })
      this.#last.at = at
    } else {
      this.#last = { report, at }
    }
    this.#listener.result(name, report.level, duration)
    this.report()
  }

  #toReport(messages: CheckMessage[]): CheckReport {
    const visible = this.#visible(messages)
    return { level: highest(visible), visible, messages }
  }

  #visible(messages: CheckMessage[]): CheckMessage[] {
    return messages.filter(({ id }) => !this.#check.silenced.has(id))
  }

  async #close(): Promise<void> {
    clearTimeout(this.#poll)
    const run = this.#run
    if (run) {
      clearTimeout(run.budget)
      this.#late(run)
      run.controller.abort()
      this.#quietly('kill')
    }
    // Not unref'ed: close() has to resolve. It is cleared as soon as it has.
    const { promise: expired, resolve } = Promise.withResolvers<boolean>()
    const timer = setTimeout(resolve, grace, true)
    if (await Promise.race([this.#quietly('close'), expired])) this.#quietly('kill')
    clearTimeout(timer)
  }

  async #quietly(method: 'kill' | 'close'): Promise<void> {
    try {
      await this.#check.check[method]?.()
    } catch (err) {
      this.#listener.problem(this.#check.name, method, err)
    }
  }
}

/**
 * Calls `then` that much later, and after the I/O that is there by then: when something blocked the event loop, an
 * answer that arrived in time counts.
 */
function afterwards(time: number, then: () => void): NodeJS.Timeout {
  return setTimeout(() => setImmediate(then), time).unref()
}

function sameTexts(one: CheckReport, other: CheckReport): boolean {
  return (
    one.messages.length === other.messages.length &&
    one.messages.every(({ level, id, message }, i) => {
      const twin = other.messages[i]
      return twin?.level === level && twin.id === id && twin.message === message
    })
  )
}
