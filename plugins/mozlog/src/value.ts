// From any value to the JSON that the schema allows in Fields: a string, a number, a boolean, or a non-empty
// array of one of these. Nothing here throws, whatever the value does when it is looked at.

import { traceback } from './error-fields.ts'

/** Everything but what JSON, a line reader or a terminal would take for more than text. */
export const unsafe: RegExp = /[^ !#-[\]-~\xa0-\u2027\u202a-\ud7ff\ue000-\uffff]/
/** What JSON leaves as it is, but ends a line for some readers (U+2028, U+2029), or drives a terminal (DEL, C1). */
const invisible = /[\u007f-\u009f\u2028\u2029]/g

const escaped = (char: string) => `\\u${char.charCodeAt(0).toString(16).padStart(4, '0')}`

/** A JSON text with nothing in it that ends a line or drives a terminal. */
const oneLine = (json: string) => json.replace(invisible, escaped)

/** At most `max` UTF-16 units of a text, and a mark when it was cut. */
export const cutText = (text: string, max: number): string =>
  text.length > max ? `${text.slice(0, max)}… [cut, was ${text.length} long]` : text

/** `text` as a JSON string of at most `max` UTF-16 units, and a mark when it was cut. */
export function quote(text: string, max: number): string {
  if (text.length > max) text = cutText(text, max)
  return unsafe.test(text) ? oneLine(JSON.stringify(text)) : `"${text}"`
}

/** How deep data goes, and of how many objects it is: more than any is, and less than the stack and the time allow. */
const plain = { maxDepth: 200, maxObjects: 100_000 }
/** The same for what is more than that, leads back to itself, or throws when it is looked at: sockets and the like. */
const tangled = { maxDepth: 5, maxObjects: 2000 }
/** How much longer than `max` a text may get, so that its mark can say how long it was. */
const slack = 1024

type Kind = 'string' | 'number' | 'boolean' | 'null' | 'object'

function first<Item>(items: Iterable<Item>, count: number): Item[] {
  const taken: Item[] = []
  for (const item of items) {
    if (taken.push(item) > count) break
  }
  return taken
}

/** An object as its own toJSON has it, unless that throws. */
function toJson(raw: object, key: string): unknown {
  const { toJSON } = raw as { toJSON?: unknown }
  if (typeof toJSON !== 'function') return raw
  try {
    return toJSON.call(raw, key)
  } catch {
    return raw
  }
}

/**
 * What JSON says of an object: a primitive, an array, or an object of which the own members count. What JSON would
 * lose becomes something that it keeps. At most `max` members of a Map or Set: each takes a character at least.
 */
function simplify(raw: object, key: string, max: number): unknown {
  if (raw instanceof Error) return traceback(raw)
  if (raw instanceof Uint8Array) {
    // Two digits a byte: one more than fits says that it was cut.
    return Buffer.from(raw.buffer, raw.byteOffset, Math.min(raw.byteLength, max)).toString('hex')
  }
  if (raw instanceof Set) return first(raw, max)
  if (raw instanceof Map) {
    return Object.fromEntries(first(raw, max).map(([name, item]) => [String(name), item]))
  }
  if (raw instanceof RegExp) return String(raw)
  if (raw instanceof Date && Number.isNaN(raw.getTime())) return 'Invalid Date'
  const value = toJson(raw, key)
  const boxed = value instanceof Number || value instanceof String || value instanceof Boolean
  return boxed ? value.valueOf() : value
}

/** Writes JSON, and stops once the text is longer than `limit`: what follows would be cut. */
class JsonWriter {
  text = ''
  /** The kind that all items of the outermost array have. */
  itemKind: Kind | 'mixed' | undefined
  /** Whether the data isn't plain: then all has to be written anew. */
  tangled = false
  #objects = 0
  readonly #limit: number
  readonly #shape: typeof plain
  readonly #path: object[] = []

  constructor(limit: number, shape: typeof plain) {
    this.#limit = limit
    this.#shape = shape
  }

  get full(): boolean {
    return this.text.length > this.#limit || (this.tangled && this.#shape === plain)
  }

  /** Answers undefined, and writes nothing, where JSON has nothing to say. */
  write(raw: unknown, key: string): Kind | undefined {
    switch (typeof raw) {
      case 'string':
        this.text += JSON.stringify(raw.length > this.#limit ? raw.slice(0, this.#limit + 1) : raw)
        return 'string'
      case 'number':
        if (!Number.isFinite(raw)) return this.write(String(raw), key)
        this.text += raw
        return 'number'
      case 'boolean':
        this.text += raw
        return 'boolean'
      case 'bigint':
        return this.write(String(raw), key)
      case 'object':
        if (raw !== null) return this.#object(raw, key)
        this.text += 'null'
        return 'null'
      default:
        return undefined
    }
  }

  #object(raw: object, key: string): Kind | undefined {
    if (this.#path.includes(raw)) {
      this.tangled = true
      return this.write('[Circular]', key)
    }
    const { maxDepth, maxObjects } = this.#shape
    if (this.#path.length >= maxDepth || ++this.#objects > maxObjects) {
      this.tangled = true
      return this.write('[Deeper]', key)
    }
    let value: unknown
    try {
      value = simplify(raw, key, this.#limit)
    } catch {
      this.tangled = true
      value = '[Throws]'
    }
    if (typeof value !== 'object' || value === null) return this.write(value, key)
    this.members(value, raw)
    return 'object'
  }

  /** `raw` is what `value` was made of: a circle comes back to that. */
  members(value: object, raw: object): void {
    this.#path.push(raw)
    if (Array.isArray(value)) this.#array(value)
    else this.#record(value)
    this.#path.pop()
  }

  #array(value: unknown[]): void {
    const outermost = this.#path.length === 1
    this.text += '['
    for (let i = 0; i < value.length && !this.full; i++) {
      if (i > 0) this.text += ','
      let kind = this.#member(value, i)
      if (kind === undefined) {
        this.text += 'null'
        kind = 'null'
      }
      if (outermost) this.itemKind = this.itemKind === undefined || this.itemKind === kind ? kind : 'mixed'
    }
    this.text += ']'
  }

  #record(value: object): void {
    let before = '{'
    for (const name of Object.keys(value)) {
      if (this.full) return
      const start = this.text
      this.text += `${before}${JSON.stringify(name)}:`
      if (this.#member(value, name) === undefined) this.text = start
      else before = ','
    }
    this.text += before === '{' ? '{}' : '}'
  }

  #member(holder: object, name: string | number): Kind | undefined {
    let item: unknown
    try {
      item = (holder as Record<string | number, unknown>)[name]
    } catch {
      this.tangled = true
      item = '[Throws]'
    }
    return this.write(item, String(name))
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

/** As many of an array's items as make a text of `limit`, or undefined where not all are primitives of one kind. */
function primitives(items: unknown[], limit: number): unknown[] | undefined {
  const kind = typeof items[0]
  if (kind !== 'string' && kind !== 'number' && kind !== 'boolean') return undefined
  let length = 0
  let count = 0
  while (count < items.length && length <= limit) {
    const item = items[count++]
    if (typeof item !== kind || (kind === 'number' && !Number.isFinite(item))) return undefined
    length += kind === 'string' ? (item as string).length + 3 : 2
  }
  return count === items.length ? items : items.slice(0, count)
}

/** The JSON of an array that the schema has a place for, unless it is too long. */
function fieldArray(json: string, max: number, whole: boolean): string {
  if (!whole) return quote(`${json.slice(0, max)}… [cut]`, Number.POSITIVE_INFINITY)
  return json.length <= max ? oneLine(json) : quote(json, max)
}

function objectValue(object: object, max: number): string | undefined {
  try {
    const value = simplify(object, '', max + slack)
    if (typeof value !== 'object' || value === null) return fieldValue(value, max)
    const items = Array.isArray(value) ? primitives(value, max + slack) : undefined
    if (items !== undefined)
      return fieldArray(JSON.stringify(items), max, items.length === (value as []).length)
    let writer = new JsonWriter(max + slack, plain)
    writer.members(value, object)
    if (writer.tangled) {
      writer = new JsonWriter(max + slack, tangled)
      writer.members(value, object)
    }
    const { text, full, itemKind } = writer
    const isField = itemKind === 'string' || itemKind === 'number' || itemKind === 'boolean'
    return isField || full ? fieldArray(text, max, !full) : quote(text, max)
  } catch {
    return '"[Throws]"'
  }
}

/** A message as JSON text. */
export function messageText(value: unknown, max: number): string {
  if (typeof value === 'string') return quote(value, max)
  if (typeof value === 'function') return quote(`[Function: ${value.name || 'anonymous'}]`, max)
  if (typeof value !== 'object' || value instanceof Error) return quote(String(value), max)
  const json = fieldValue(value, max) ?? 'null'
  return json[0] === '"' ? json : quote(json, max)
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
