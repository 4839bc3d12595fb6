import { tracingChannel } from 'node:diagnostics_channel'
import { errorMonitor } from 'node:events'
import { hostname as osHostname } from 'node:os'
import { checkOptions, rule } from '@dockerflow/kit/options'
import type { FastifyInstance } from 'fastify'
import { type ChildLoggerOptions, type Logger, type LoggerOptions, pino } from 'pino'
import { DOCKERFLOW_MOZLOG_INVALID_OPTION } from './errors.ts'
import { Heads } from './heads.ts'
import {
  asJsonSym,
  bindingsSym,
  followSpansSym,
  headsSym,
  type Members,
  type MozlogLogger,
  needsMetadataSym,
  noBindings,
  type Setup,
  setupSym,
  sortsByLevelSym,
  streamSym,
  timeSliceIndexSym,
  timeSym,
  writeInfoSym,
  writeSym
} from './instance.ts'
import { Lines } from './line.ts'
import { type MozlogOptions, mozlogRules } from './options.ts'
import { parseFields } from './record.ts'
import { type Stdout, stdout } from './stdout.ts'
import { type TraceSource, traceFieldNames } from './trace.ts'
import { noteTraces } from './trace-hooks.ts'
import { isWhole, quote, toHostname } from './value.ts'

/** The serializers that Fastify gives to the logger of an app. */
const fastifyOwn = new Set(['req', 'res', 'err'])

/** The names of fields that lines have of themselves. */
const lineFields = new Set(['rid', ...traceFieldNames])

/** pino tells tracers of each line, under this name; see its document on diagnostics. */
const tracing = tracingChannel('pino_asJson')

/** What `watch` looks at of a stream, if it is one of Node.js' or of pino's. */
interface Watched {
  on?(event: symbol, listener: (err: Error) => void): unknown
  destroyed?: boolean
  closed?: boolean
  /** Of a pino destination; -1 while it isn't open. */
  fd?: number
  /** Of a pino.multistream. */
  streams?: { stream: Watched }[]
}

/**
 * A pino logger that writes mozlog records. Everything that pino documents works on it, save for the options
 * that the schema decides: `base`, `name`, `timestamp`, `messageKey`, `errorKey`, `nestedKey`, `formatters.level`.
 *
 * @throws DOCKERFLOW_MOZLOG_INVALID_OPTION
 */
export function createMozlog(opts: MozlogOptions = {}): Logger {
  checkOptions(opts, mozlogRules, DOCKERFLOW_MOZLOG_INVALID_OPTION)
  const {
    logger = 'app',
    hostname = osHostname(),
    level = 'info',
    stream,
    writeTimeout = 2000,
    maxLength = 65536,
    googleCloud = false,
    googleCloudProject = process.env.GOOGLE_CLOUD_PROJECT,
    traceContext,
    onChild,
    ...options
  } = opts
  const setup: Setup = {
    stdout: undefined,
    googleCloud,
    service: { name: logger, version: process.env.K_REVISION },
    traceContext
  }
  const lines = new Lines({
    hostname: toHostname(hostname),
    maxLength,
    project: googleCloudProject,
    setup,
    numericLevel: stream !== undefined && Reflect.get(stream, sortsByLevelSym) === true
  })
  const now = clock()
  const notice = (count: number) => {
    const message = quote(`${count} lines dropped: nothing was read for ${writeTimeout} ms`, maxLength)
    return lines.record(root, now(), 40, 'log.dropped', `"dropped":${count},"msg":${message}`, message)
  }
  let stderr: Stdout | undefined
  if (stream === undefined) setup.stdout = stdout({ timeout: writeTimeout, notice })
  // What an app has set up for all lines must see those that skip it for speed.
  const { formatters, hooks, mixin, redact, serializers } = options
  const untouched = [formatters, hooks, mixin, redact, serializers].every((option) => option === undefined)

  const root = pino(
    {
      ...options,
      level: levelName(level, options),
      hooks: { ...hooks, logMethod: guarded(hooks?.logMethod) },
      serializers: { ...serializers, err: serializers?.err ?? ((err) => err) },
      base: null,
      timestamp: now
    },
    stream ?? (setup.stdout as Stdout)
  ) as MozlogLogger
  const pinoChild: (this: MozlogLogger, bindings: object, options: ChildLoggerOptions) => object = root.child

  Object.assign(root, {
    [bindingsSym]: noBindings,
    [headsSym]: new Heads(),
    [setupSym]: setup,
    [followSpansSym](this: MozlogLogger, fastify: FastifyInstance, traceContext: TraceSource): void {
      setup.traceContext ??= traceContext
      noteTraces(fastify, setup.traceContext)
    },
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
    bindings(this: MozlogLogger): Members {
      const { type, text } = this[bindingsSym]
      return { ...(type && { type }), ...parseFields(text) }
    }
  })
  if (formatters?.bindings) lines.bind(root, rootBindings(formatters.bindings))
  if (stream !== undefined) watch(stream as Watched)
  return root

  /** A child of options that only pino knows how to carry out. */
  function childWith(
    parent: MozlogLogger,
    bindings: Members,
    childOptions: ChildLoggerOptions = {}
  ): MozlogLogger {
    const child = pinoChild.call(parent, bindings && {}, childOptions) as MozlogLogger
    const { formatters, redact, serializers } = childOptions
    if (serializers || redact) child[headsSym] = new Heads()
    const seen = Object.keys(serializers ?? {}).some((name) => !fastifyOwn.has(name))
    if (formatters || redact || seen) child[writeInfoSym] = undefined
    lines.bind(child, (formatters?.bindings ? formatters.bindings(bindings) : bindings) as Members)
    onChild?.(child)
    return child
  }

  /** Writes a line that skips pino. */
  function write(log: MozlogLogger, line: string, level: number, time: string): void {
    const stream = log[streamSym]
    if (stream[needsMetadataSym] === true) {
      stream.lastLevel = level
      stream.lastObj = {}
      stream.lastMsg = undefined
      stream.lastTime = time.slice(log[timeSliceIndexSym])
      stream.lastLogger = log
    }
    try {
      stream.write(line)
    } catch {
      lastResort().write(line)
    }
  }

  function writeInfo(this: MozlogLogger, type: string, text: string): boolean {
    const bindings = lines.bindingsOf(this)
    if (!this.isLevelEnabled('info')) return true
    if (bindings.keys.some((key) => !lineFields.has(key))) return false
    const fields = bindings.text === '' ? text : `${text},${bindings.text}`
    const time = this[timeSym]()
    write(this, lines.record(this, time, 30, type, fields), 30, time)
    return true
  }

  /** A log method that puts what is thrown on the way to the line into a line, not into the caller. */
  function guarded(logMethod: NonNullable<LoggerOptions['hooks']>['logMethod']): typeof logMethod {
    return function (args, method, level) {
      const log = this as MozlogLogger
      try {
        const [first, msg] = args as unknown[]
        if (typeof first === 'object' && first !== null) {
          // Nearly all are plain objects, and need no closer look.
          if (Object.getPrototypeOf(first) !== Object.prototype) {
            if (isWhole(first)) (args as unknown[])[0] = { value: first }
          } else if (logMethod === undefined && args.length === 2 && isPlain(log, first as Members, msg)) {
            // What pino's method does with them, without the arrays that it takes them apart with.
            log[writeSym](first, msg, level)
            return
          }
        }
        if (logMethod) logMethod.call(this, args, method, level)
        else method.apply(this, args)
      } catch (err) {
        const msg = (args as unknown[]).find((arg) => typeof arg === 'string')
        const time = log[timeSym]()
        write(log, lines.incomplete(log, err, msg, level, time), level, time)
      }
    }
  }

  /** Where lines go that `stream` can't take: stderr. */
  function lastResort(): Stdout {
    stderr ??= stdout({ fd: 2, timeout: writeTimeout, notice })
    return stderr
  }

  /** Says on stderr why a stream fails, and writes there from then on if nothing can be written to it any more. */
  function watch(stream: Watched): void {
    // Those of a pino.multistream.
    for (const entry of stream.streams ?? []) watch(entry.stream)
    let said = ''
    // Not a listener for 'error' itself: where the app has none, the error ends the process as it did.
    stream.on?.(errorMonitor, (err: Error) => {
      if (stream.destroyed || stream.closed || stream.fd === -1) root[streamSym] = lastResort()
      if (err.message === said) return
      said = err.message
      const time = now()
      lastResort().write(lines.incomplete(root, err, undefined, 60, time, 'the log stream failed'))
    })
  }
}

/** The bindings that `formatters.bindings` adds to those that the record has its own members for. */
function rootBindings(format: (bindings: Members) => object): Members {
  const base = { pid: process.pid, hostname: osHostname() }
  // pino takes null for no bindings; the record has its Pid and Hostname all the same.
  const { pid, hostname, ...added } = ((format({ ...base }) as Members | null) ?? base) as Members
  return { ...added, ...(pid !== base.pid && { pid }), ...(hostname !== base.hostname && { hostname }) }
}

/**
 * A level's name, given as pino takes it: standard names in any case, or a number.
 *
 * @throws DOCKERFLOW_MOZLOG_INVALID_OPTION
 */
function levelName(
  level: string | number,
  { customLevels = {}, useOnlyCustomLevels = false }: MozlogOptions
): string {
  if (useOnlyCustomLevels) {
    const some = rule('false, or come with customLevels', () => Object.keys(customLevels).length > 0)
    checkOptions({ useOnlyCustomLevels }, { useOnlyCustomLevels: some }, DOCKERFLOW_MOZLOG_INVALID_OPTION)
  }
  const values: Record<string, number> = {
    ...(useOnlyCustomLevels ? {} : pino.levels.values),
    ...customLevels,
    silent: Number.POSITIVE_INFINITY
  }
  const names = Object.keys(values)
  const standard = useOnlyCustomLevels ? undefined : String(level).toLowerCase()
  const name =
    typeof level === 'number'
      ? names.find((name) => values[name] === level)
      : (names.find((name) => name === level) ??
        names.find((name) => name === standard && !(name in customLevels)))
  const known = rule(`one of ${names.join(', ')}`, (value) => names.includes(value as string))
  checkOptions({ level: name ?? level }, { level: known }, DOCKERFLOW_MOZLOG_INVALID_OPTION)
  return name as string
}

/** What a line begins with. The text is kept while its millisecond lasts: a busy process writes several in one. */
function clock(): () => string {
  let last = Number.NaN
  let text = ''
  return () => {
    const now = Date.now()
    if (now !== last) {
      last = now
      text = `{"Timestamp":${now === 0 ? '0' : `${now}000000`}`
    }
    return text
  }
}

/** Whether pino writes an object and a message as they are: it takes other objects for requests and responses. */
function isPlain(log: MozlogLogger, obj: Members, msg: unknown): boolean {
  if (typeof msg !== 'string' || log.msgPrefix) return false
  return !(obj.method && obj.headers && obj.socket) && typeof obj.setHeader !== 'function'
}

function isEmpty(obj: object): boolean {
  for (const _ in obj) return false
  return true
}
