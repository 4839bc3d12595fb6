import { redactError } from '@dockerflow/kit/redact'
import { type CheckMessage, Level } from './check.ts'
import { codeOf } from './messages.ts'
import type { CheckReport } from './report.ts'

const reminder = 5 * 60 * 1000
const maxSeen = 1000

/** The methods of a pino logger that are used here. */
type Logger = Record<'debug' | 'info' | 'warn' | 'error' | 'fatal', (fields: object, text: string) => void>

function methodOf(level: number): keyof Logger {
  if (level >= Level.CRITICAL) return 'fatal'
  if (level >= Level.ERROR) return 'error'
  if (level >= Level.WARNING) return 'warn'
  return level >= Level.INFO ? 'info' : 'debug'
}

/** What is the same about a message that comes again; its text may hold a figure that changes each time. */
const kindOf = ({ level, id, err }: CheckMessage) => `${level} ${codeOf(err)} ${id}`

/**
 * The log of the checks. All messages are logged, silenced ones as well, each at its own level: when the check's
 * level changes, or when they are new, and every 5 minutes while the check is not well; not for each run.
 */
export class CheckLog {
  readonly #log: Logger
  readonly #reminders = new Map<
    string,
    { seen: Set<string>; timer?: NodeJS.Timeout | undefined; report?: CheckReport }
  >()

  constructor(log: Logger) {
    this.#log = log
  }

  change(check: string, report: CheckReport, previousLevel: number): void {
    const state = this.#reminders.get(check) ?? { seen: new Set() }
    this.#reminders.set(check, state)
    state.report = report
    if (report.level !== previousLevel) state.seen.clear()
    this.#tell(check, report, state.seen)
    if (report.level < Level.WARNING) {
      clearInterval(state.timer)
      state.timer = undefined
      if (previousLevel >= Level.WARNING) this.#write('info', { check }, 'check recovered')
    } else {
      state.timer ??= setInterval(() => {
        state.seen.clear()
        if (state.report) this.#tell(check, state.report, state.seen)
      }, reminder).unref()
    }
  }

  /** Something that was called for a check, such as its `kill()` or a listener, threw. */
  problem(check: string, method: string, err: unknown): void {
    this.#write('warn', { check, method, err: redactError(err) }, 'callback threw')
  }

  close(): void {
    for (const { timer } of this.#reminders.values()) clearInterval(timer)
  }

  #tell(check: string, { messages }: CheckReport, seen: Set<string>): void {
    for (const message of messages) {
      const kind = kindOf(message)
      if (seen.has(kind)) continue
      if (seen.size >= maxSeen) seen.clear()
      seen.add(kind)
      const { level, id, message: text, err } = message
      const fields = err === undefined ? { check, id } : { check, id, err: redactError(err) }
      this.#write(methodOf(level), fields, text)
    }
  }

  /** A logger that throws, as by a serializer of the app's own, must not end the process from a timer. */
  #write(method: keyof Logger, fields: object, text: string): void {
    try {
      this.#log[method](fields, text)
    } catch {} // there is no other place to say so
  }
}
