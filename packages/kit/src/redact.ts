import { inspect } from 'node:util'
import { redactSecrets } from './secrets.ts'
import { redactUrls } from './urls.ts'

/** The longest text that is looked at: what is behind it is cut off. */
const maxText = 8192
/** With causes and the errors of AggregateErrors, which may lead back to where they came from. */
const maxErrors = 20

/** The text without credentials, and with no more than `length` characters of it. Takes time linear in its length. */
export function redact(text: string, length = maxText): string {
  let head = text
  if (text.length > maxText) {
    // What is cut in the middle may not look like a credential: cut between words.
    head = text.slice(0, maxText)
    head = head.slice(0, Math.max(0, head.search(/\s\S*$/)))
  }
  const safe = redactSecrets(redactUrls(head, head !== text))
  return head === text && safe.length <= length ? safe : `${safe.slice(0, length)}…`
}

/** `Error: ` or `TypeError [ERR_X]: `, as stacks begin, before the message. */
const title = /^(?:[\w$ [\].-]{1,200}: )?$/

/** The stack without credentials. A long message doesn't cost it its lines. */
function redactStack(stack: string, message: string, safe: string): string {
  const index = message === '' ? -1 : stack.indexOf(message)
  const rest = stack.slice(index + message.length)
  if (index === -1 || !title.test(stack.slice(0, index)) || !/^(?:\n|$)/.test(rest)) return redact(stack)
  return stack.slice(0, index) + safe + redact(rest)
}

/**
 * A copy of what was thrown that is fit for a log: name, message, stack, code, causes and the errors of an
 * AggregateError, without credentials; of 20 errors at most. Other members, such as the connection's options that
 * drivers add, are left out.
 */
export function redactError(thrown: unknown): Error {
  return copyOf(thrown, { errors: 0 })
}

/** The text of a thrown value that is not an Error. Of an event, such as a WebSocket's `error`, `inspect()` leaves out the message. */
function textOf(thrown: unknown): string {
  if (typeof thrown === 'string') return thrown
  const shown = inspect(thrown, { maxStringLength: maxText })
  const { message } = Object(thrown)
  return typeof message !== 'string' || shown.includes(message) ? shown : `${message} ${shown}`
}

function copyOf(thrown: unknown, count: { errors: number }): Error {
  count.errors++
  try {
    if (!(thrown instanceof Error)) {
      return new Error(redact(`thrown: ${textOf(thrown)}`))
    }
    const message = String(thrown.message)
    const copy: Error & { code?: string; errors?: Error[] } = new Error(redact(message))
    // Not listed among the members, as in any error.
    Object.defineProperty(copy, 'name', { value: redact(String(thrown.name)) })
    copy.stack = redactStack(String(thrown.stack ?? thrown), message, copy.message)
    const { code, cause, errors } = thrown as { code?: unknown; cause?: unknown; errors?: unknown }
    if (code !== undefined) copy.code = redact(String(code))
    if (cause !== undefined && count.errors < maxErrors) copy.cause = copyOf(cause, count)
    if (Array.isArray(errors)) {
      copy.errors = []
      for (const err of errors) if (count.errors < maxErrors) copy.errors.push(copyOf(err, count))
    }
    return copy
  } catch {
    return new Error('an error that can not be read') // a getter or toString() of its own throws
  }
}
