import { type CheckMessage, type CheckResult, Level } from './check.ts'
import { redact } from './redact.ts'

const maxMessages = 50
const maxText = 1000
const maxId = 100

/** The messages that the engine itself has: the id of each, and its text, which is the same each time. */
const id = (name: string) => `dockerflow.health.${name}`

/** A run threw, or rejected. */
export const failed = (level: number, err: unknown): CheckMessage => ({
  level,
  id: id('E100'),
  message: withCode('check failed', err),
  err
})

/** A run exceeded its budget, or a request exceeded its wait with no usable result. */
export const timedOut = (level: number): CheckMessage => ({
  level,
  id: id('E101'),
  message: 'check timed out'
})

/** A run returned what is no CheckResult. */
const invalid = (name: string): CheckMessage => ({
  level: Level.ERROR,
  id: id('E102'),
  message: `check ${JSON.stringify(name)} returned neither nothing nor messages of { level, id, message }`
})

function withCode(text: string, err: unknown): string {
  const code = codeOf(err) ?? codeOf(causeOf(err))
  return code === undefined ? text : `${text}: ${code}`
}

function causeOf(err: unknown): unknown {
  return err instanceof Error ? err.cause : undefined
}

/** The code of an error where it is one of a fixed set, such as ECONNREFUSED or 28P01. */
function codeOf(err: unknown): string | undefined {
  const code = err instanceof Error && 'code' in err ? err.code : undefined
  return typeof code === 'string' && /^[A-Z0-9_]{2,40}$/.test(code) ? code : undefined
}

/** What a run returned, as messages that are safe to serve: cut, without credentials, no more than 50. */
export function readResult(name: string, result: CheckResult): CheckMessage[] {
  if (result === undefined) return []
  try {
    const given = Array.isArray(result) ? result : [result]
    const messages = given.map(readMessage)
    return messages.sort((one, other) => other.level - one.level).slice(0, maxMessages)
  } catch {
    return [invalid(name)] // also a getter that throws
  }
}

function readMessage(given: CheckMessage): CheckMessage {
  const { level, id, message, err } = given
  if (!Number.isFinite(level) || typeof id !== 'string' || id === '' || typeof message !== 'string') {
    throw new TypeError('no message')
  }
  return { level, id: redact(id, maxId), message: withCode(redact(message, maxText), err), err }
}
