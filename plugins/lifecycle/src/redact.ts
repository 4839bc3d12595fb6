import { inspect } from 'node:util'

const maxText = 20_000
const maxDepth = 5
const maxErrors = 10

// The last @ ends the user and the password of a URL, since a password may hold one.
const inUrl = /:\/\/\S*@/g
// `password=…`, `"apiKey": "…"`, `Authorization: Bearer …`
const named =
  /((?:pass(?:wo?r?d|phrase)?|pwd|secret|token|(?:api|access|private)[-_]?key|authorization)["']?\s*[=:]\s*(?:(?:bearer|basic)\s+)?)(?:"[^"]*"?|'[^']*'?|[^\s"',;&)}\]]+)/gi

/** The text, which need not be one, without what errors of backing services are known to quote of credentials. */
const clean = (text: unknown): string =>
  String(text).slice(0, maxText).replace(inUrl, '://***@').replace(named, '$1***')

/**
 * A copy of what is about to end the process, fit for a log and for the platform: name, message, stack and code, its
 * causes and the errors of an AggregateError, without credentials. Its other members may be anything, such as the
 * configuration of a client.
 */
export function redactError(thrown: unknown, depth = 0): Error {
  try {
    if (!(thrown instanceof Error)) {
      return new Error(clean(`thrown, and no error: ${inspect(thrown, { maxStringLength: 1000 })}`))
    }
    const copy: Error & { code?: string; errors?: Error[] } = new Error(clean(thrown.message))
    // Not listed among the members, as in any error.
    Object.defineProperty(copy, 'name', { value: clean(thrown.name) })
    copy.stack = clean(thrown.stack)
    const { code, errors } = thrown as { code?: unknown; errors?: unknown }
    if (code !== undefined) copy.code = clean(code)
    if (depth < maxDepth) {
      if (thrown.cause !== undefined) copy.cause = redactError(thrown.cause, depth + 1)
      if (Array.isArray(errors)) {
        copy.errors = errors.slice(0, maxErrors).map((err) => redactError(err, depth + 1))
      }
    }
    return copy
  } catch {
    return new Error('an error that can not be read') // a getter or toString() of its own throws
  }
}
