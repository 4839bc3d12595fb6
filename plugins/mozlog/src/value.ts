// From any value to the JSON that the schema allows in Fields: a string, a number, a boolean, or a non-empty
// array of one of these. Nothing here throws, whatever the value does when it is looked at.

import { traceback } from './error-fields.ts'

/** Everything but what JSON, a line reader or a terminal would take for more than text. */
const unsafe = /[^ !#-[\]-~\xa0-\u2027\u202a-\ud7ff\ue000-\uffff]/
/** What JSON leaves as it is, but ends a line for some readers (U+2028, U+2029), or drives a terminal (DEL, C1). */
const invisible = /[\u007f-\u009f\u2028\u2029]/g

const escaped = (char: string) => `\\u${char.charCodeAt(0).toString(16).padStart(4, '0')}`

/** A JSON text with nothing in it that ends a line or drives a terminal. */
const oneLine = (json: string) => json.replace(invisible, escaped)

/** `text` as a JSON string of at most `max` UTF-16 units, and a mark when it was cut. */
export function quote(text: string, max: number): string {
  if (text.length > max) text = `${text.slice(0, max)}… [cut, was ${text.length} long]`
  return unsafe.test(text) ? oneLine(JSON.stringify(text)) : `"${text}"`
}

const primitives = new Set(['string', 'number', 'boolean'])

function isFieldArray(value: unknown): value is unknown[] {
  if (!Array.isArray(value) || value.length === 0) return false
  const type = typeof value[0]
  return (
    primitives.has(type) &&
    value.every((item) => typeof item === type && (type !== 'number' || Number.isFinite(item)))
  )
}

/** What JSON would lose, as something that it keeps. `this` is the holder, since toJSON ran before. */
function replacer(this: unknown, key: string, value: unknown): unknown {
  if (typeof value === 'bigint') return String(value)
  if (typeof value === 'number' && !Number.isFinite(value)) return String(value)
  const raw = (this as Record<string, unknown>)[key]
  if (typeof raw !== 'object' || raw === null) return value
  if (raw instanceof Uint8Array)
    return Buffer.from(raw.buffer, raw.byteOffset, raw.byteLength).toString('hex')
  if (raw instanceof Map) return Object.fromEntries([...raw].map(([name, item]) => [String(name), item]))
  if (raw instanceof Set) return [...raw]
  if (raw instanceof RegExp) return String(raw)
  if (raw instanceof Date) return Number.isNaN(raw.getTime()) ? 'Invalid Date' : value
  if (raw instanceof Error) return traceback(raw)
  return value
}

const depthLimit = 5
const edgeLimit = 100
/** Data that meets in few objects may lead to them in more ways than there is time for. */
const valueLimit = 1_000_000
const objectLimit = 2000

/** A plain copy of what JSON.stringify gave up on: circles and throwing getters become a mark. */
function salvage(value: unknown, ancestors: unknown[], seen = { objects: 0 }): unknown {
  if (typeof value === 'function') return undefined // a toJSON above all: it may be what threw
  if (typeof value !== 'object' || value === null) return value
  if (ancestors.includes(value)) return '[Circular]'
  if (ancestors.length === depthLimit || ++seen.objects > objectLimit) return '[Deeper]'
  const copy: Record<string, unknown> | unknown[] = Array.isArray(value) ? [] : {}
  const path = [...ancestors, value]
  for (const name of Object.keys(value).slice(0, edgeLimit)) {
    let item: unknown
    try {
      item = salvage(replacer.call(value, name, (value as Record<string, unknown>)[name]), path, seen)
    } catch {
      item = '[Throws]'
    }
    Object.defineProperty(copy, name, { value: item, enumerable: true, configurable: true, writable: true })
  }
  return copy
}

function stringify(value: object): string | undefined {
  try {
    let left = valueLimit
    return JSON.stringify(value, function (this: unknown, key: string, item: unknown) {
      if (left-- === 0) throw new RangeError()
      return replacer.call(this, key, item)
    })
  } catch {
    try {
      return JSON.stringify(salvage(value, []))
    } catch {
      return '"[Throws]"'
    }
  }
}

/**
 * The JSON of a field's value, or undefined where there is nothing to say: undefined, null, a function, a symbol.
 * An object, and an array that the schema has no place for, is its own JSON as a string.
 */
export function fieldValue(value: unknown, max: number): string | undefined {
  switch (typeof value) {
    case 'string':
      return quote(value, max)
    case 'number':
      return Number.isFinite(value) ? String(value) : `"${value}"`
    case 'boolean':
      return String(value)
    case 'bigint':
      return `"${value}"`
    case 'object':
      return value === null ? undefined : objectValue(value, max)
    default:
      return undefined
  }
}

function objectValue(value: object, max: number): string | undefined {
  const json = stringify(value)
  if (json === undefined || json === 'null') return undefined
  if (json[0] === '{') return quote(json, max)
  if (json[0] !== '[') return json[0] === '"' ? quote(JSON.parse(json), max) : json
  return json.length <= max && isFieldArray(JSON.parse(json)) ? oneLine(json) : quote(json, max)
}

/** Whether an object is a value as a whole, which its members don't tell. */
export function isWhole(obj: object): boolean {
  return ArrayBuffer.isView(obj) || [Date, Map, Set, RegExp, URL].some((kind) => obj instanceof kind)
}

/** The name without what RFC 1123 forbids in a host name, such as an underscore. */
export function toHostname(name: string): string {
  const labels = name.split('.').map((label) =>
    label
      .replace(/[^a-z0-9-]/gi, '-')
      .slice(0, 63)
      .replace(/^-+|-+$/g, '')
  )
  return (
    labels
      .filter(Boolean)
      .join('.')
      .slice(0, 253)
      .replace(/[-.]+$/, '') || 'unknown'
  )
}

/** Syslog's severity of a pino level; a custom level has that of the nearest standard level below it. */
export function toSeverity(level: number): number {
  if (level >= 60) return 2
  if (level >= 50) return 3
  if (level >= 40) return 4
  return level >= 30 ? 6 : 7
}
