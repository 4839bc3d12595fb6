import { type CheckMessage, type CheckOptions, Level } from './check.ts'
import { recovering } from './messages.ts'
import { highest } from './report.ts'

type Limits = Record<keyof Pick<CheckOptions, 'failureThreshold' | 'successThreshold'>, number>

/** Damps flapping: a check changes sides only after as many results in a row as the threshold says. */
export class Threshold {
  readonly #limits: Limits
  #failing = false
  /** Results in a row that contradict `#failing`. */
  #streak = 0

  constructor(limits: Limits) {
    this.#limits = limits
  }

  /**
   * The messages of one more result. A failure below the threshold becomes a warning; a success below it gets one.
   *
   * @param visible the messages that count: those that aren't silenced
   */
  damp(messages: CheckMessage[], visible: CheckMessage[]): CheckMessage[] {
    const { failureThreshold, successThreshold } = this.#limits
    const isFailed = highest(visible) >= Level.ERROR
    if (isFailed === this.#failing) {
      this.#streak = 0
      return messages
    }
    this.#streak += 1
    if (this.#streak < (isFailed ? failureThreshold : successThreshold)) {
      if (!isFailed) return [...messages, recovering]
      return messages.map((message) => ({ ...message, level: Math.min(message.level, Level.WARNING) }))
    }
    this.#failing = isFailed
    this.#streak = 0
    return messages
  }
}
