import { redact } from '@dockerflow/kit/redact'
import { type CheckMessage, type CheckResult, Level } from './check.ts'

const maxMessages = 50
const maxText = 1000
const maxId = 100
const codeShape = /^[A-Z0-9_]{2,40}$/

// The engine's own messages: the text of an id is always the same, save for the `code` of an error.
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
  message: `check ${JSON.stringify(name)} returned something other than messages of { level, id, message }`
})

function withCode(text: string, err: unknown): string {
  const code = codeOf(err)
  return code === undefined ? text : `${text}: ${code}`
}

/** The code of an error, or else of its cause, where it is one such as ECONNREFUSED or 28P01. */
export function codeOf(err: unknown): string | undefined {
  try {
    const { code, cause } = err as { code?: unknown; cause?: { code?: unknown } }
    return [code, cause?.code].find((code) => typeof code === 'string' && codeShape.test(code)) as
      | string
      | undefined
  } catch {
    return undefined // nothing was thrown, or a getter throws
  }
}

/** A run outlived its signal and `kill()`. */
export const wedged: CheckMessage = {
  level: Level.CRITICAL,
  id: id('C100'),
  message: 'check is hung and cannot be stopped'
}

/** A poller has had no result for longer than `maxStale`. */
export const stale: CheckMessage = {
  level: Level.CRITICAL,
  id: id('C101'),
  message: 'check has no recent result'
}

/** A run took longer than `slow`. */
export const slow = (limit: number): CheckMessage => ({
  level: Level.WARNING,
  id: id('W100'),
  message: `check took longer than ${limit} ms`
})

/** A check that failed succeeded, but not yet `successThreshold` times. */
export const recovering: CheckMessage = {
  level: Level.WARNING,
  id: id('W101'),
  message: 'check is recovering'
}

/** What a run returned, as messages that are safe to serve: cut, without credentials, no more than 50. */
export function readResult(name: string, result: CheckResult): CheckMessage[] {
  if (result === undefined) return []
  try {
    const given = Array.isArray(result) ? result : [result]
    const messages = Array.from(given, readMessage) // not map(), which leaves out holes
    messages.sort((one, other) => other.level - one.level)
    return messages.slice(0, maxMessages).map(makeSafe)
  } catch {
    return [invalid(name)] // also a getter that throws
  }
}

function readMessage({ level, id, message, err }: CheckMessage): CheckMessage {
  if (!Number.isFinite(level) || typeof id !== 'string' || id === '' || typeof message !== 'string') {
    throw new TypeError('no message')
  }
  return { level, id, message, err }
}

const makeSafe = ({ level, id, message, err }: CheckMessage): CheckMessage => ({
  level,
  id: redact(id, maxId),
  message: withCode(redact(message, maxText), err),
  err
})
