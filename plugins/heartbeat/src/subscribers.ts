import type { CheckLog } from './log.ts'
import type { Listener } from './monitor.ts'
import type { CheckReport } from './report.ts'

/** A run that ended, or took too long. */
export interface HeartbeatResult {
  /** The name of the check. */
  check: string
  /** The level that the check has by it, silencing and thresholds applied. */
  level: number
  /** How long the run took, in ms. */
  duration: number
}

/** A change of a check's level. A check counts as ok until its first result. */
export interface HeartbeatTransition {
  /** The name of the check. */
  check: string
  level: number
  previousLevel: number
}

/** Called with the result of each run; one that throws is logged. */
export type ResultListener = (result: HeartbeatResult) => void
/** Called whenever the level of a check changes; one that throws is logged. */
export type TransitionListener = (transition: HeartbeatTransition) => void

/** Tells the log and the app's own listeners what the monitors tell. */
export class Subscribers implements Listener {
  readonly #log: CheckLog
  readonly #results = new Set<ResultListener>()
  readonly #transitions = new Set<TransitionListener>()

  constructor(log: CheckLog) {
    this.#log = log
  }

  onResult(listener: ResultListener): () => void {
    this.#results.add(listener)
    return () => this.#results.delete(listener)
  }

  onTransition(listener: TransitionListener): () => void {
    this.#transitions.add(listener)
    return () => this.#transitions.delete(listener)
  }

  result(check: string, level: number, duration: number): void {
    for (const listener of this.#results) this.#call(check, () => listener({ check, level, duration }))
  }

  change(check: string, report: CheckReport, previousLevel: number): void {
    this.#log.change(check, report, previousLevel)
    const { level } = report
    if (level === previousLevel) return
    for (const listener of this.#transitions)
      this.#call(check, () => listener({ check, level, previousLevel }))
  }

  problem(check: string, method: string, err: unknown): void {
    this.#log.problem(check, method, err)
  }

  close(): void {
    this.#log.close()
  }

  /** A listener that throws harms neither the check nor the other listeners. */
  #call(check: string, listener: () => void): void {
    try {
      listener()
    } catch (err) {
      this.#log.problem(check, 'listener', err)
    }
  }
}
