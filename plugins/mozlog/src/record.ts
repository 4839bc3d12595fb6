import { errorDetails, errorTitle, isErrorLike, plainError, traceback } from './error-fields.ts'
import { type Heads, typeHead } from './heads.ts'
import {
  type Bindings,
  headsSym,
  type Members,
  type MozlogLogger,
  serializersSym,
  stringifiersSym,
  wildcardFirstSym
} from './instance.ts'
import { cutText, fieldValue, messageText, quote } from './value.ts'

/** The longest name of a field, in UTF-16 units. */
const maxName = 256
const reserved = new Set(['err', 'msg', 'error', 'traceback', 'cut'])

export function learn(instance: MozlogLogger, heads: Heads, key: string, max: number): string {
  const stringifiers = instance[stringifiersSym]
  const plain =
    !reserved.has(key) &&
    key.length <= Math.min(max, maxName) &&
    !key.startsWith('fields.') &&
    instance[serializersSym][key] === undefined &&
    (stringifiers[key] ?? stringifiers[wildcardFirstSym]) === undefined
  const head = plain ? (key === 'type' ? typeHead : `${quote(key, max)}:`) : ''
  heads.set(key, head)
  return head
}

function hasPlainMessages(instance: MozlogLogger): boolean {
  const stringifiers = instance[stringifiersSym]
  return (
    instance[serializersSym].msg === undefined &&
    (stringifiers.msg ?? stringifiers[wildcardFirstSym]) === undefined
  )
}

/** A message as JSON, after its serializer and its redaction. */
export function messageOf(instance: MozlogLogger, msg: unknown, max: number): string {
  const heads = instance[headsSym]
  heads.plainMessages ??= hasPlainMessages(instance)
  return messageText(heads.plainMessages ? msg : read(instance, { msg }, 'msg'), max)
}

/** What `read` returns for a field that throws when it is looked at. */
const throws = '[Throws]'

/** Collects fields, each name once, with serializers and redaction by pino's rules. */
export class Fields {
  text = ''
  type: string | undefined
  /** The message, as JSON. */
  message: string | undefined
  /** The stack of `err`, as JSON. */
  stack: string | undefined
  readonly keys = new Set<string>()
  #left = 0
  readonly #instance: MozlogLogger
  readonly #max: number

  constructor(instance: MozlogLogger, max: number) {
    this.#instance = instance
    this.#max = max
  }

  /** Writes a field; where its name is taken, it is called `fields.<name>`. */
  add(name: string, json: string | undefined): void {
    if (json === undefined) return
    if (this.text.length > this.#max * 16) {
      this.#left++
      return
    }
    // Names that are too long may be cut to the same.
    name = cutText(name, Math.min(this.#max, maxName))
    while (this.keys.has(name)) name = `fields.${name}`
    this.keys.add(name)
    this.text += `${this.text && ','}${quote(name, Number.POSITIVE_INFINITY)}:${json}`
  }

  addText(name: string, text: string): void {
    this.add(name, quote(text, this.#max))
  }

  addAll(obj: Members, msg?: unknown): void {
    // The record's own names come first: a field of the caller's that has one of them gets another.
    if (msg !== undefined && msg !== null) {
      this.message = messageOf(this.#instance, msg, this.#max)
      this.add('msg', this.message)
    }
    if (Object.hasOwn(obj, 'err')) this.#addError(read(this.#instance, obj, 'err'))
    for (const key in obj) {
      if (key === 'err' || !Object.hasOwn(obj, key)) continue
      const value = read(this.#instance, obj, key)
      if (key === 'type' && typeof value === 'string' && value !== '') this.type = value
      else this.add(key, fieldValue(value, this.#max))
    }
    if (this.#left > 0) {
      this.keys.add('cut')
      this.text += `,"cut":"${this.#left} more fields"`
    }
  }

  #addError(err: unknown): void {
    if (!isErrorLike(err)) {
      this.add(typeof err === 'string' ? 'error' : 'err', fieldValue(err, this.#max))
      return
    }
    this.addText('error', errorTitle(err))
    this.stack = quote(traceback(err), this.#max)
    this.add('traceback', this.stack)
    this.add('err', fieldValue(errorDetails(err), this.#max))
  }
}

/** A member after its serializer and its redaction, by pino's rules. */
function read(instance: MozlogLogger, obj: Members, key: string): unknown {
  try {
    const value = obj[key]
    if (value === undefined) return undefined
    const serializer = instance[serializersSym][key]
    const serialized = serializer === undefined ? value : serializer(value)
    const stringifiers = instance[stringifiersSym]
    const stringifier = stringifiers[key] ?? stringifiers[wildcardFirstSym]
    if (stringifier === undefined || serialized === undefined) return serialized
    // Redaction knows plain objects only, and answers with JSON.
    const json = stringifier(serialized instanceof Error ? plainError(serialized) : serialized)
    return json === undefined ? undefined : JSON.parse(json)
  } catch {
    return throws
  }
}

/** The fields and those of `parent`: a name that both have keeps the newer value. */
export function over(parent: Bindings, fields: Fields): Bindings {
  const { text, keys, type } = parent
  let kept = text
  if (keys.some((key) => fields.keys.has(key))) {
    kept = Object.entries(parseFields(text))
      .filter(([key]) => !fields.keys.has(key))
      // What was too long is cut already.
      .map(
        ([key, value]) =>
          `${quote(key, Number.POSITIVE_INFINITY)}:${fieldValue(value, Number.POSITIVE_INFINITY)}`
      )
      .join()
  }
  return {
    text: fields.text + (fields.text && kept && ',') + kept,
    keys: [...keys.filter((key) => !fields.keys.has(key)), ...fields.keys],
    type: fields.type ?? type
  }
}

/** The members of a Bindings' text. */
export function parseFields(text: string): Record<string, unknown> {
  return JSON.parse(`{${text}}`)
}
