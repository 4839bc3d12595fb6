import { inspect } from 'node:util'

/** The longest text that is looked at: what is behind it is cut off. */
const maxText = 16_384
/** With causes and the errors of AggregateErrors, which may lead back to where they came from. */
const maxErrors = 20

// The user and the password of a URL, plain or percent-encoded however often; the last @ ends them, since a
// password may hold one.
const inUrl = /:\/\/\S*@/g
const inEncodedUrl = /%(?:25)*3a%(?:25)*2f%(?:25)*2f\S*(?:@|%(?:25)*40)/gi
// `password=…`, `"apiKey": "…"`, `Authorization: Bearer …`; a quoted one to its end, escaped quotes and all.
const named =
  /((?:pass(?:wo?r?d|phrase)?|pwd|secret|token|(?:api|access|private)[-_]?key|authorization)\\*["']?\s*(?:=>|[=:]|%3d)\s*(?:(?:bearer|basic)\s+)?)(?:\\*"(?:\\.|""|[^"\\])*"?|\\*'(?:\\.|''|[^'\\])*'?|[^\s"'&,;)}\]]+)/gis
const openUrl = /(:\/\/|%2f%2f)\S*$/i

/** The text without credentials, and with no more than `length` characters of it. */
export function redact(text: string, length = maxText): string {
  const cut = text.length > maxText
  let safe = (cut ? text.slice(0, maxText) : text)
    .replace(inUrl, '://***@')
    .replace(inEncodedUrl, '%3A%2F%2F***%40')
    .replace(named, '$1***')
  if (cut) safe = safe.replace(openUrl, '$1***') // the @ may be in what was cut
  return cut || safe.length > length ? `${safe.slice(0, length)}…` : safe
}

/**
 * A copy of what was thrown that is fit for a log: type, message, stack, code, causes and the errors of an
 * AggregateError, without credentials. What drivers hang on their errors besides (the connection's options, the
 * arguments of a command) is left out.
 */
export function redactError(thrown: unknown): Error {
  return copyOf(thrown, { errors: 0 })
}

function copyOf(thrown: unknown, count: { errors: number }): Error {
  count.errors++
  try {
    if (!(thrown instanceof Error)) {
      const shown = typeof thrown === 'string' ? thrown : inspect(thrown, { maxStringLength: 1000 })
      return new Error(redact(`thrown: ${shown}`))
    }
    const copy: Error & { code?: string; errors?: Error[] } = new Error(redact(String(thrown.message)))
    // Not listed among the members, as in any error.
    Object.defineProperty(copy, 'name', { value: redact(String(thrown.name)) })
    copy.stack = redact(String(thrown.stack ?? thrown))
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
