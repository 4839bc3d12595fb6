import { inspect } from 'node:util'

const maxText = 20_000
/** With causes and the errors of AggregateErrors, which may lead back to where they came from. */
const maxErrors = 20

// The last @ ends the user and the password of a URL, since a password may hold one.
const inUrl = /:\/\/\S*@/g
// `password=…`, `"apiKey": "…"`, `Authorization: Bearer …`; a quoted one to its end, escaped quotes and all.
const named =
  /((?:pass(?:wo?r?d|phrase)?|pwd|secret|token|(?:api|access|private)[-_]?key|authorization)\\*["']?\s*[=:]\s*(?:(?:bearer|basic)\s+)?)(?:\\*"(?:[^"\\]|\\.)*"?|\\*'(?:[^'\\]|\\.)*'?|[^\s"',;&)}\]]+)/gi

/** The text, which need not be one, without what errors of backing services are known to quote of credentials. */
function clean(value: unknown): string {
  const text = String(value)
  // Cut between words: of a URL without its end nothing would tell that there is a password in it.
  const end = text.length > maxText ? Math.max(0, text.lastIndexOf(' ', maxText)) : text.length
  return text.slice(0, end).replace(inUrl, '://***@').replace(named, '$1***')
}

/**
 * A copy of what is about to end the process, fit for a log and for the platform: name, message, stack and code, its
 * causes and the errors of an AggregateError, without credentials. Its other members may be anything, such as the
 * configuration of a client.
 *
 * @param told how many errors were told before this one
 */
export function redactError(thrown: unknown, told = { errors: 0 }): Error {
  told.errors++
  try {
    if (!(thrown instanceof Error)) {
      return new Error(clean(`thrown, and no error: ${inspect(thrown, { maxStringLength: 1000 })}`))
    }
    const copy: Error & { code?: string; errors?: Error[] } = new Error(clean(thrown.message))
    // Not listed among the members, as in any error.
    Object.defineProperty(copy, 'name', { value: clean(thrown.name) })
    copy.stack = clean(thrown.stack)
    const { code, cause, errors } = thrown as { code?: unknown; cause?: unknown; errors?: unknown }
    if (code !== undefined) copy.code = clean(code)
    if (cause !== undefined && told.errors < maxErrors) copy.cause = redactError(cause, told)
    if (Array.isArray(errors)) {
      copy.errors = []
      for (const err of errors) if (told.errors < maxErrors) copy.errors.push(redactError(err, told))
    }
    return copy
  } catch {
    return new Error('an error that can not be read') // a getter or toString() of its own throws
  }
}
