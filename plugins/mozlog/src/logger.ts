import { tracingChannel } from 'node:diagnostics_channel'
import { hostname as osHostname } from 'node:os'
import { checkOptions, rule } from '@dockerflow/kit/options'
import { type ChildLoggerOptions, type DestinationStream, type Logger, type LoggerOptions, pino } from 'pino'
import { DOCKERFLOW_MOZLOG_INVALID_OPTION } from './errors.ts'
import {
  asJsonSym,
  bindingsSym,
  headsSym,
  type Members,
  type MozlogLogger,
  noBindings,
  projectSym,
  stdoutSym,
  streamSym,
  timeSym,
  writeInfoSym
} from './instance.ts'
import { Lines } from './line.ts'
import { type MozlogOptions, mozlogRules } from './options.ts'
import { parseFields } from './record.ts'
import { stdout } from './stdout.ts'
import { isWhole, toHostname } from './value.ts'

/** The serializers that Fastify gives to the logger of an app. */
const fastifyOwn = new Set(['req', 'res', 'err'])

/** pino tells tracers of each line, under this name; see its document on diagnostics. */
const tracing = tracingChannel('pino_asJson')

/**
 * A pino logger that writes mozlog records. Everything that pino documents works on it, save for the options
 * that the schema decides: `base`, `name`, `timestamp`, `messageKey`, `errorKey`, `nestedKey`, `formatters.level`.
 *
 * @throws DOCKERFLOW_MOZLOG_INVALID_OPTION
 */
export function createMozlog(opts: MozlogOptions = {}): Logger {
  checkOptions(opts, mozlogRules, DOCKERFLOW_MOZLOG_INVALID_OPTION)
  const { level = 'info', customLevels = {}, useOnlyCustomLevels = false } = opts
  const levels = [
    ...(useOnlyCustomLevels ? [] : Object.keys(pino.levels.values)),
    ...Object.keys(customLevels),
    'silent'
  ]
  const known = rule(`one of ${levels.join(', ')}`, (name) => levels.includes(name as string))
  checkOptions({ level }, { level: known }, DOCKERFLOW_MOZLOG_INVALID_OPTION)
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

  const root = pino(
    {
      ...options,
      level,
      hooks: { ...hooks, logMethod: guarded(lines, hooks?.logMethod) },
      serializers: { ...serializers, err: serializers?.err ?? ((err) => err) },
      base: null,
      timestamp: clock()
    },
    (stream ?? own) as DestinationStream
  ) as MozlogLogger
  const pinoChild: (this: MozlogLogger, bindings: object, options: ChildLoggerOptions) => object = root.child

  return Object.assign(root, {
    [bindingsSym]: noBindings,
    [headsSym]: new Map(),
    [stdoutSym]: own,
    [projectSym]: googleCloud ? googleCloudProject : null,
    [writeInfoSym]: untouched ? writeInfo : undefined,
    // pino calls this for each line, and its own replaces what is JSON in it by nothing that options can change.
    [asJsonSym](this: MozlogLogger, obj: Members, msg: unknown, level: number, time: string): string {
      // Not tracing.hasSubscribers: it asks all of the channels that there can be, for each line.
      const { start, end, error } = tracing
      if (!(start.hasSubscribers || end.hasSubscribers || error.hasSubscribers))
        return lines.line(this, obj, msg, level, time)
      const store = { instance: this, arguments: [obj, msg, level, time] }
      return tracing.traceSync(() => lines.line(this, obj, msg, level, time), store)
    },
    child(this: MozlogLogger, bindings: Members, childOptions?: ChildLoggerOptions): MozlogLogger {
      if (!bindings || (childOptions !== undefined && !isEmpty(childOptions))) {
        return childWith(this, bindings, childOptions)
      }
      const child = Object.create(this)
      lines.bind(child, bindings)
      onChild?.(child)
      return child
    },
    setBindings(this: MozlogLogger, bindings: Members): void {
      lines.bind(this, bindings)
    },
    bindings(this: MozlogLogger): Record<string, unknown> {
      const { type, text } = this[bindingsSym]
      return { ...(type && { type }), ...parseFields(text) }
    }
  })

  /** A child of options that only pino knows how to carry out. */
  function childWith(
    parent: MozlogLogger,
    bindings: Members,
    childOptions: ChildLoggerOptions = {}
  ): MozlogLogger {
    const child = pinoChild.call(parent, bindings && {}, childOptions) as MozlogLogger
    const { formatters, redact, serializers } = childOptions
    if (serializers || redact) child[headsSym] = new Map()
    const seen = Object.keys(serializers ?? {}).some((name) => !fastifyOwn.has(name))
    if (formatters || redact || seen) child[writeInfoSym] = undefined
    lines.bind(child, (formatters?.bindings ? formatters.bindings(bindings) : bindings) as Members)
    onChild?.(child)
    return child
  }

  function writeInfo(this: MozlogLogger, type: string, text: string): boolean {
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
  return function (args, method, level) {
    const log = this as MozlogLogger
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
        log[streamSym].write(lines.incomplete(log, err, msg, level, log[timeSym]()))
      } catch {
        // As in writeInfo.
      }
    }
  }
}
