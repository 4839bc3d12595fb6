import { hostname as osHostname } from 'node:os'
import { type DestinationStream, destination, type Logger, type LoggerOptions, pino, symbols } from 'pino'
import { errorDetails, errorTitle, isErrorLike, traceback } from './error-fields.ts'
import { checkOptions, isBoolean, isFunction, isObject, isString, type OptionRules } from './options.ts'
import { fieldValue, quote, toHostname, toSeverity } from './value.ts'

/** How records are made and where they go. pino's own options are documented at https://getpino.io. */
export interface MozlogOptions
  extends Pick<
    LoggerOptions,
    | 'customLevels'
    | 'formatters'
    | 'hooks'
    | 'level'
    | 'mixin'
    | 'mixinMergeStrategy'
    | 'msgPrefix'
    | 'onChild'
    | 'redact'
    | 'serializers'
    | 'useOnlyCustomLevels'
  > {
  /**
   * What logs: the record's Logger.
   * @default 'app'
   */
  logger?: string
  /**
   * The record's Hostname; characters that a host name can't have become "-".
   * @default os.hostname()
   */
  hostname?: string
  /**
   * Where lines go: anything with `write(line)`, such as a pino destination or transport.
   * @default stdout, written at once, so that no line is lost however the process ends
   */
  stream?: DestinationStream
  /**
   * The longest string of a record, in UTF-16 units; a longer one is cut and says so.
   * @default 65536
   */
  maxLength?: number
}

const isLength = (value: unknown) => Number.isInteger(value) && (value as number) > 0

export const mozlogRules: OptionRules = {
  logger: ['a string', isString],
  hostname: ['a string', isString],
  level: ['the name of a level', isString],
  stream: [
    'a stream, with a function write',
    (value) => isObject(value) && isFunction(Reflect.get(Object(value), 'write'))
  ],
  maxLength: ['a whole number above 0', isLength],
  customLevels: ['an object of level names and numbers', isObject],
  useOnlyCustomLevels: ['true or false', isBoolean],
  formatters: ['an object of functions: bindings, log', isObject],
  hooks: ['an object of functions: logMethod, streamWrite', isObject],
  mixin: ['a function', isFunction],
  mixinMergeStrategy: ['a function', isFunction],
  msgPrefix: ['a string', isString],
  onChild: ['a function', isFunction],
  redact: ['an array of paths, or an object with one', isObject],
  serializers: ['an object of functions', isObject]
}

/** The fields that each line of a logger starts with, ready to be written: its bindings and its parents'. */
interface Bindings {
  /** `"key":value,` for each. */
  text: string
  keys: Set<string>
  type: string | undefined
}

const bindingsSym = Symbol('mozlog.bindings')
const { asJsonSym, formattersSym, serializersSym, stringifiersSym, wildcardFirstSym } = symbols

// biome-ignore lint/suspicious/noExplicitAny: what pino keeps behind its symbols has no types
type Instance = any

/** Fields with a value for each name, in the order in which they came. */
class Fields {
  text = ''
  type: string | undefined
  readonly keys = new Set<string>()
  readonly instance: Instance
  readonly max: number

  constructor(instance: Instance, max: number) {
    this.instance = instance
    this.max = max
  }

  /** Writes a field; where its name is taken, the field is called `fields.<name>`. */
  add(name: string, json: string | undefined): void {
    if (json === undefined) return
    while (this.keys.has(name)) name = `fields.${name}`
    this.keys.add(name)
    this.text += `${quote(name, this.max)}:${json},`
  }

  /** A value after its serializer and its redaction, by pino's rules. */
  read(obj: Instance, key: string): unknown {
    const value = obj[key]
    if (value === undefined) return undefined
    const serializer = this.instance[serializersSym][key]
    const serialized = serializer === undefined ? value : serializer(value)
    const stringifiers = this.instance[stringifiersSym]
    const stringifier = stringifiers[key] ?? stringifiers[wildcardFirstSym]
    if (stringifier === undefined || serialized === undefined) return serialized
    const plain = key === 'err' && serialized instanceof Error ? plainError(serialized) : serialized
    const json = stringifier(plain)
    return json === undefined ? undefined : JSON.parse(json)
  }

  addAll(obj: Instance, msg: unknown): void {
    if (msg !== undefined && msg !== null) this.add('msg', quote(String(msg), this.max))
    const err = obj.err === undefined ? undefined : this.read(obj, 'err')
    if (typeof err === 'string') this.add('error', quote(err, this.max))
    else if (isErrorLike(err)) {
      this.add('error', quote(errorTitle(err), this.max))
      this.add('traceback', quote(traceback(err), this.max))
      this.add('err', fieldValue(errorDetails(err), this.max))
    } else this.add('err', fieldValue(err, this.max))
    for (const key in obj) {
      if (key === 'err' || !Object.hasOwn(obj, key)) continue
      let json: string | undefined
      try {
        const value = this.read(obj, key)
        if (key === 'type' && typeof value === 'string' && value !== '') {
          this.type = value
          continue
        }
        json = value instanceof Error ? quote(traceback(value), this.max) : fieldValue(value, this.max)
      } catch {
        json = '"[Throws]"'
      }
      this.add(key, json)
    }
  }
}

/** An error whose members redaction can reach. */
const plainError = (err: Error) => ({
  ...errorDetails(err),
  name: err.name,
  message: err.message,
  stack: traceback(err)
})

/** Fields of `obj` over those of `parent`: a name that both have keeps the newer value. */
function over(parent: Bindings, fields: Fields): Bindings {
  let { text } = parent
  if ([...fields.keys].some((key) => parent.keys.has(key))) {
    text = ''
    for (const [key, value] of Object.entries(JSON.parse(`{${parent.text.slice(0, -1)}}`))) {
      if (!fields.keys.has(key)) text += `${quote(key, fields.max)}:${fieldValue(value, fields.max)},`
    }
  }
  return {
    text: text + fields.text,
    keys: new Set([...parent.keys, ...fields.keys]),
    type: fields.type ?? parent.type
  }
}

/**
 * A pino logger that writes mozlog records. Everything that pino documents works on it, save for the options
 * that the schema decides: `base`, `name`, `timestamp`, `messageKey`, `errorKey`, `nestedKey`, `formatters.level`.
 *
 * @throws DOCKERFLOW_MOZLOG_INVALID_OPTION
 */
export function createMozlog(opts: MozlogOptions = {}): Logger {
  checkOptions(opts, mozlogRules)
  const {
    logger: name = 'app',
    hostname = osHostname(),
    stream,
    maxLength: max = 65536,
    onChild,
    ...options
  } = opts

  // One text for each severity, from the Type's end to the Fields' start.
  const middle = Array.from(
    { length: 8 },
    (_, severity) =>
      `,"Logger":${quote(name, max)},"Hostname":"${toHostname(hostname)}","EnvVersion":"2.0","Severity":${severity},"Pid":${process.pid}`
  )
  const none: Bindings = { text: '', keys: new Set(), type: undefined }

  // The one that pino calls for a line. Its own joins level, time, bindings and fields into a flat object; no
  // formatter can change that form, and to parse and write each line again would cost more than the line.
  function asJson(this: Instance, obj: Instance, msg: unknown, level: number, time: string): string {
    const bindings: Bindings = this[bindingsSym]
    const fields = new Fields(this, max)
    try {
      const { log } = this[formattersSym]
      fields.addAll(log ? log(obj) : obj, msg)
    } catch (err) {
      fields.add('error', quote(`this line is incomplete: ${err}`, max))
    }
    const { text, type = 'app.log' } = over(bindings, fields)
    const rest = text === '' ? '' : `,"Fields":{${text.slice(0, -1)}}`
    return `${time},"Type":${quote(type, max)}${middle[toSeverity(level)]}${rest}}\n`
  }

  const root: Instance = pino(
    {
      ...options,
      serializers: { ...options.serializers, err: options.serializers?.err ?? ((err) => err) },
      base: null,
      // pino puts what this returns in front of the line.
      timestamp: () => `{"Timestamp":${Date.now()}000000`
    },
    stream ?? destination({ dest: 1, sync: true })
  )
  const pinoChild = root.child

  return Object.assign(root, {
    [bindingsSym]: none,
    [asJsonSym]: asJson,
    child(this: Instance, bindings: Instance, childOptions?: Instance): Instance {
      const child = pinoChild.call(this, bindings && {}, childOptions)
      const format = childOptions?.formatters?.bindings
      child.setBindings(format ? format(bindings) : bindings)
      onChild?.(child)
      return child
    },
    setBindings(this: Instance, bindings: Instance): void {
      const fields = new Fields(this, max)
      fields.addAll(bindings, undefined)
      this[bindingsSym] = over(this[bindingsSym], fields)
    },
    bindings(this: Instance): Record<string, unknown> {
      const { type, text }: Bindings = this[bindingsSym]
      return { ...(type && { type }), ...JSON.parse(`{${text.slice(0, -1)}}`) }
    }
  })
}

/** Whether a logger, or the one that it is a child of, is `createMozlog`'s. */
export const isMozlog = (logger: object): boolean => bindingsSym in logger
