import { tracingChannel } from 'node:diagnostics_channel'
import { hostname as osHostname } from 'node:os'
import { type DestinationStream, type Logger, type LoggerOptions, pino, symbols } from 'pino'
import { bindingsSym, headsSym, Lines, noBindings } from './line.ts'
import {
  checkOptions,
  isBoolean,
  isFunction,
  isObject,
  isStream,
  isString,
  type OptionRules
} from './options.ts'
import { type Bindings, type Instance, parseFields } from './record.ts'
import { stdout } from './stdout.ts'
import { toHostname } from './value.ts'

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
  /**
   * Whether a line has Google Cloud Logging's members beside the record: severity, message, and inside a request
   * those of its trace.
   * @default false
   */
  googleCloud?: boolean
  /**
   * The project that traces belong to.
   * @default process.env.GOOGLE_CLOUD_PROJECT
   */
  googleCloudProject?: string
}

const isLength = (value: unknown) => Number.isInteger(value) && (value as number) > 0

export const mozlogRules: OptionRules = {
  logger: ['a string', isString],
  hostname: ['a string', isString],
  level: ['the name of a level', isString],
  stream: ['a stream, with a function write', isStream],
  maxLength: ['a whole number above 0', isLength],
  googleCloud: ['true or false', isBoolean],
  googleCloudProject: ['a string', isString],
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

const { asJsonSym, streamSym, timeSym } = symbols
/** Writes a line of the level info of which the fields are JSON already; not there when others must see the fields. */
export const writeRawSym = Symbol('mozlog.writeRaw')
/** The project of Google Cloud Logging's traces; null where they aren't asked for. */
export const projectSym = Symbol('mozlog.project')

/** pino tells tracers of each line, under this name; see its document on diagnostics. */
const tracing = tracingChannel('pino_asJson')

/** Whether a logger, or the one that it is a child of, is `createMozlog`'s. */
export const isMozlog = (logger: object): boolean => bindingsSym in logger

/**
 * A pino logger that writes mozlog records. Everything that pino documents works on it, save for the options
 * that the schema decides: `base`, `name`, `timestamp`, `messageKey`, `errorKey`, `nestedKey`, `formatters.level`.
 *
 * @throws DOCKERFLOW_MOZLOG_INVALID_OPTION
 */
export function createMozlog(opts: MozlogOptions = {}): Logger {
  checkOptions(opts, mozlogRules)
  const { customLevels = {}, useOnlyCustomLevels = false } = opts
  const levels = [
    ...(useOnlyCustomLevels ? [] : Object.keys(pino.levels.values)),
    ...Object.keys(customLevels),
    'silent'
  ]
  checkOptions(
    { level: opts.level },
    { level: [`one of ${levels.join(', ')}`, (level) => levels.includes(level as string)] }
  )
  const {
    logger = 'app',
    hostname = osHostname(),
    stream = stdout(),
    maxLength = 65536,
    googleCloud = false,
    googleCloudProject = process.env.GOOGLE_CLOUD_PROJECT,
    onChild,
    ...options
  } = opts
  const lines = new Lines(logger, toHostname(hostname), maxLength, googleCloud)
  // What an app has set up for all lines must see those that skip it for speed.
  const { formatters, hooks, mixin, redact, serializers } = options
  const untouched = [formatters, hooks, mixin, redact, serializers].every((option) => option === undefined)

  const root: Instance = pino(
    {
      ...options,
      hooks: { ...hooks, logMethod: guarded(lines, hooks?.logMethod) },
      serializers: { ...serializers, err: serializers?.err ?? ((err) => err) },
      base: null,
      // pino puts what this returns in front of the line.
      timestamp: () => `{"Timestamp":${Date.now()}000000`
    },
    stream
  )
  const pinoChild = root.child

  return Object.assign(root, {
    [bindingsSym]: noBindings,
    [headsSym]: new Map(),
    [projectSym]: googleCloud ? googleCloudProject : null,
    [writeRawSym]: untouched ? writeRaw : undefined,
    // pino calls this for each line, and its own replaces what is JSON in it by nothing that options can change.
    [asJsonSym](this: Instance, obj: object, msg: unknown, level: number, time: string): string {
      // Not tracing.hasSubscribers: it asks all of the channels that there can be, for each line.
      const { start, end, error } = tracing
      if (!(start.hasSubscribers || end.hasSubscribers || error.hasSubscribers))
        return lines.line(this, obj, msg, level, time)
      const store = { instance: this, arguments: [obj, msg, level, time] }
      return tracing.traceSync(() => lines.line(this, obj, msg, level, time), store)
    },
    child(this: Instance, bindings: Instance, childOptions?: Instance): Instance {
      const plain = bindings && (childOptions === undefined || Object.keys(childOptions).length === 0)
      const child = plain ? Object.create(this) : pinoChild.call(this, bindings && {}, childOptions)
      if (childOptions?.serializers || childOptions?.redact) child[headsSym] = new Map()
      if (childOptions?.formatters || childOptions?.redact) child[writeRawSym] = undefined
      const format = childOptions?.formatters?.bindings
      lines.bind(child, format ? format(bindings) : bindings)
      onChild?.(child)
      return child
    },
    setBindings(this: Instance, bindings: object): void {
      lines.bind(this, bindings)
    },
    bindings(this: Instance): Record<string, unknown> {
      const { type, text }: Bindings = this[bindingsSym]
      return { ...(type && { type }), ...parseFields(text) }
    }
  })

  function writeRaw(this: Instance, type: string, text: string): void {
    const bindings = lines.bindingsOf(this)
    const fields = bindings.text === '' ? text : `${text},${bindings.text}`
    try {
      this[streamSym].write(lines.record(this, this[timeSym](), 30, type, fields))
    } catch {
      // The stream itself threw: there is nowhere left to say so.
    }
  }
}

/** A log method that puts what is thrown on the way to the line, or by the stream, into a line, not into the caller. */
function guarded(
  lines: Lines,
  logMethod: NonNullable<LoggerOptions['hooks']>['logMethod']
): typeof logMethod {
  return function (this: Instance, args, method, level) {
    try {
      if (logMethod) logMethod.call(this, args, method, level)
      else method.apply(this, args)
    } catch (err) {
      const msg = (args as unknown[]).find((arg) => typeof arg === 'string')
      try {
        this[streamSym].write(lines.incomplete(this, err, msg, level, this[timeSym]()))
      } catch {
        // As in writeRaw.
      }
    }
  }
}
