const maxLength = 8192
const maxDepth = 5
const maxErrors = 10

// The user and the password of a URL, plain or percent-encoded however often; the last @ ends them, since a
// password may hold one.
const inUrl = /:\/\/\S*@/g
const inEncodedUrl = /%(?:25)*3a%(?:25)*2f%(?:25)*2f\S*(?:@|%(?:25)*40)/gi
// `password=…`, `"apiKey": "…"`, `Authorization: Bearer …`
const named =
  /((?:pass(?:wo?r?d|phrase)?|pwd|secret|token|(?:api|access|private)[-_]?key|authorization)["']?\s*(?:=>|[=:]|%3d)\s*(?:(?:bearer|basic)\s+)?)(?:"(?:\\.|""|[^"\\])*"?|'(?:\\.|''|[^'\\])*'?|[^\s"'&,;)}\]]+)/gis
const openUrl = /(:\/\/|%2f%2f)\S*$/i

/** The text without credentials, and with no more than `length` characters of it. */
export function redact(text: string, length = maxLength): string {
  const cut = text.length > maxLength
  let safe = (cut ? text.slice(0, maxLength) : text)
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
export function redactError(thrown: unknown, depth = 0): Error {
  try {
    if (!(thrown instanceof Error)) return new Error(redact(`thrown: ${String(thrown)}`))
    const copy: Error & { code?: string; errors?: Error[] } = new Error(redact(String(thrown.message)))
    copy.name = redact(String(thrown.name))
    copy.stack = redact(String(thrown.stack ?? thrown))
    const { code, errors } = thrown as { code?: unknown; errors?: unknown }
    if (code !== undefined) copy.code = redact(String(code))
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
