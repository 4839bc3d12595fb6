// What of an error goes into a record: `error`, its name and message, and `traceback`, its stack with those of
// its causes and of an AggregateError's members.

import { isNativeError } from 'node:util/types'

const limit = 10

const read = (err: object, name: string): unknown => {
  try {
    return (err as Record<string, unknown>)[name]
  } catch {
    return undefined
  }
}

const text = (value: unknown) => (typeof value === 'string' ? value : '')

/** Any value as text, whatever its toString does. */
export function toText(value: unknown): string {
  try {
    return String(value)
  } catch {
    return '[Throws]'
  }
}

/** `name: message`, as V8 writes it at the top of a stack. */
export function errorTitle(err: object): string {
  const name = text(read(err, 'name')) || text(read(err, 'type')) || 'Error'
  const message = text(read(err, 'message'))
  return message ? `${name}: ${message}` : name
}

export function isErrorLike(value: unknown): value is object {
  if (typeof value !== 'object' || value === null) return false
  return isNativeError(value) || typeof read(value, 'message') === 'string'
}

/** The stacks of the error, its causes and its members; a circle ends, and so does a chain longer than any real one. */
export function traceback(err: object, seen = new Set<object>()): string {
  if (seen.has(err)) return '[Circular]'
  if (seen.size >= limit) return '[…]'
  seen.add(err)
  let stack = text(read(err, 'stack')) || errorTitle(err)
  const errors = read(err, 'errors') ?? read(err, 'aggregateErrors')
  if (Array.isArray(errors)) {
    // One more than the limit, which says that there are more.
    for (const member of errors.slice(0, limit + 1).filter(isErrorLike)) {
      stack += `\n[member] ${traceback(member, seen)}`
    }
  }
  const cause = read(err, 'cause')
  if (isErrorLike(cause)) stack += `\n[cause] ${traceback(cause, seen)}`
  else if (cause !== undefined && cause !== null) stack += `\n[cause] ${toText(cause)}`
  return stack
}

const told = new Set(['name', 'type', 'message', 'stack', 'cause', 'errors', 'aggregateErrors'])

/** What an error carries beside, such as `code`, or undefined when it carries nothing. */
export function errorDetails(err: object): Record<string, unknown> | undefined {
  const details: Record<string, unknown> = {}
  for (const name of Object.keys(err)) {
    if (!told.has(name)) details[name] = read(err, name)
  }
  return Object.keys(details).length > 0 ? details : undefined
}

/** An error as a plain object, which redaction can reach into. */
export function plainError(err: object): Record<string, unknown> {
  return {
    ...errorDetails(err),
    type: text(read(err, 'name')),
    message: text(read(err, 'message')),
    stack: traceback(err)
  }
}
