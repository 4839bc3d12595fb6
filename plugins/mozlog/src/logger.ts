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
import { isWhole, toHostname } from './value.ts'

/** How records are made and where they go. pino's own options are documented at https://getpino.io. */
export interface MozlogOptions
  extends Pick<
    LoggerOptions,
    | 'customLevels'
    | 'formatters'
    | 'hooks'
    | 'mixin'
    | 'mixinMergeStrategy'
    | 'msgPrefix'
    | 'onChild'
    | 'redact'
    | 'serializers'
    | 'useOnlyCustomLevels'
  > {
  /**
   * The lowest level that is written.
   * @default 'info'
   */
  level?: LoggerOptions['level'] | undefined
  /**
   * What logs: the record's Logger.
   * @default 'app'
   */
  logger?: string | undefined
  /**
   * The record's Hostname; characters that a host name can't have become "-".
   * @default os.hostname()
   */
  hostname?: string | undefined
  /**
   * Where lines go: anything with `write(line)`, such as a pino destination or transport.
   * @default stdout, written at once, so that no line is lost however the process ends
   */
  stream?: DestinationStream | undefined
  /**
   * The longest string of a record, in UTF-16 units; a longer one is cut and says so.
   * @default 65536
   */
  maxLength?: number | undefined
  /**
   * Whether a line has Google Cloud Logging's members beside the record: severity, message, and inside a request
   * those of its trace.
   * @default false
   */
  googleCloud?: boolean | undefined
  /**
   * The project that traces belong to.
   * @default process.env.GOOGLE_CLOUD_PROJECT
   */
  googleCloudProject?: string | undefined
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
/**
 * Writes a line of the level info of which the fields are JSON already. Not there, or false, where the app has set up
 * something that has to see the fields: they must go through pino.
 */
export const writeInfoSym = Symbol('mozlog.writeInfo')
/** The logger's own destination; not there when it has another. */
export const stdoutSym = Symbol('mozlog.stdout')
/** The project of Google Cloud Logging's traces; null where they aren't asked for. */
export const projectSym = Symbol('mozlog.project')

/** The serializers that Fastify gives to the logger of an app. */
const fastifyOwn = new Set(['req', 'res', 'err'])

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
  const { level = 'info', customLevels = {}, useOnlyCustomLevels = false } = opts
  const levels = [
    ...(useOnlyCustomLevels ? [] : Object.keys(pino.levels.values)),
    ...Object.keys(customLevels),
    'silent'
  ]
  checkOptions(
    { level },
    { level: [`one of ${levels.join(', ')}`, (name) => levels.includes(name as string)] }
  )
  const {
    logger = 'app',
    hostname = osHostname(),
    stream,
    maxLength = 65536,
    googleCloud = false,
    googleCloudProject = process.env.GOOGLE_CLOUD_PROJECT,
    onChild,
    ...options
  } = opts
  const own = stream === undefined ? stdout() : undefined
  const lines = new Lines(logger, toHostname(hostname), maxLength, googleCloud)
  // What an app has set up for all lines must see those that skip it for speed.
  const { formatters, hooks, mixin, redact, serializers } = options
  const untouched = [formatters, hooks, mixin, redact, serializers].every((option) => option === undefined)

  const root: Instance = pino(
    {
      ...options,
      level,
      hooks: { ...hooks, logMethod: guarded(lines, hooks?.logMethod) },
      serializers: { ...serializers, err: serializers?.err ?? ((err) => err) },
      base: null,
      timestamp: clock()
    },
    stream ?? (own as DestinationStream)
  )
  const pinoChild = root.child

  return Object.assign(root, {
    [bindingsSym]: noBindings,
    [headsSym]: new Map(),
    [stdoutSym]: own,
    [projectSym]: googleCloud ? googleCloudProject : null,
    [writeInfoSym]: untouched ? writeInfo : undefined,
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
      if (!bindings || (childOptions !== undefined && !isEmpty(childOptions))) {
        return childWith(this, bindings, childOptions)
      }
      const child = Object.create(this)
      lines.bind(child, bindings)
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

  /** A child of options that only pino knows how to carry out. */
  function childWith(parent: Instance, bindings: Instance, childOptions: Instance): Instance {
    const child = pinoChild.call(parent, bindings && {}, childOptions)
    const { formatters, redact, serializers } = childOptions
    if (serializers || redact) child[headsSym] = new Map()
    const seen = Object.keys(serializers ?? {}).some((name) => !fastifyOwn.has(name))
    if (formatters || redact || seen) child[writeInfoSym] = undefined
    lines.bind(child, formatters?.bindings ? formatters.bindings(bindings) : bindings)
    onChild?.(child)
    return child
  }

  function writeInfo(this: Instance, type: string, text: string): boolean {
    const bindings = lines.bindingsOf(this)
    if (!this.isLevelEnabled('info')) return true
    if (bindings.keys.some((key) => key !== 'rid')) return false
    const fields = bindings.text === '' ? text : `${text},${bindings.text}`
    try {
      this[streamSym].write(lines.record(this, this[timeSym](), 30, type, fields))
    } catch {
      // The stream itself threw: there is nowhere left to say so.
    }
    return true
  }
}

/** What a line begins with. The text is kept while its millisecond lasts: a busy process writes several in one. */
function clock(): () => string {
  let last = 0
  let text = ''
  return () => {
    const now = Date.now()
    if (now !== last) {
      last = now
      text = `{"Timestamp":${now}000000`
    }
    return text
  }
}

function isEmpty(obj: object): boolean {
  for (const _ in obj) return false
  return true
}

/** A log method that puts what is thrown on the way to the line, or by the stream, into a line, not into the caller. */
function guarded(
  lines: Lines,
  logMethod: NonNullable<LoggerOptions['hooks']>['logMethod']
): typeof logMethod {
  return function (this: Instance, args, method, level) {
    try {
      const [first] = args as unknown[]
      // Nearly all are plain objects, and need no closer look.
      if (typeof first === 'object' && first !== null && Object.getPrototypeOf(first) !== Object.prototype) {
        if (isWhole(first)) (args as unknown[])[0] = { value: first }
      }
      if (logMethod) logMethod.call(this, args, method, level)
      else method.apply(this, args)
    } catch (err) {
      const msg = (args as unknown[]).find((arg) => typeof arg === 'string')
      try {
        this[streamSym].write(lines.incomplete(this, err, msg, level, this[timeSym]()))
      } catch {
        // As in writeInfo.
      }
    }
  }
}
