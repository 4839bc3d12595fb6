import { type Check, type Listener, Monitor } from './monitor.ts'
import { highest, type Summary } from './report.ts'

/** The checks of one app. */
export class Checks {
  readonly #monitors = new Map<string, Monitor>()
  readonly #listener: Listener
  #summary: Summary = { level: 0, checks: new Map() }
  #polling = false
  #closed = false

  constructor(listener: Listener) {
    this.#listener = listener
  }

  has(name: string): boolean {
    return this.#monitors.has(name)
  }

  add(check: Check): void {
    const monitor = new Monitor(check, this.#listener)
    this.#monitors.set(check.name, monitor)
    if (this.#closed) monitor.close()
    else if (this.#polling) monitor.poll()
  }

  /** Begins to run the checks that have an `interval`. */
  poll(): void {
    this.#polling = true
    for (const monitor of this.#monitors.values()) monitor.poll()
  }

  /**
   * Starts the runs that are due, all at the same time. What it returns, if anything, resolves after the longest
   * `wait`, however many checks hang.
   */
  refresh(): Promise<unknown> | undefined {
    const pending: Promise<void>[] = []
    for (const monitor of this.#monitors.values()) {
      const answer = monitor.refresh()
      if (answer) pending.push(answer)
    }
    return pending.length > 0 ? Promise.all(pending) : undefined
  }

  /** What is known now. Runs nothing. */
  summary(): Summary {
    let changed = this.#summary.checks.size !== this.#monitors.size
    for (const [name, monitor] of this.#monitors) {
      if (monitor.report() !== this.#summary.checks.get(name)) changed = true
    }
    if (changed) {
      const checks = new Map([...this.#monitors].map(([name, monitor]) => [name, monitor.report()]))
      this.#summary = { level: highest([...checks.values()]), checks }
    }
    return this.#summary
  }

  /** Ends what is in flight and closes all checks at the same time. */
  async close(): Promise<void> {
    this.#closed = true
    await Promise.all([...this.#monitors.values()].map((monitor) => monitor.close()))
  }
}
