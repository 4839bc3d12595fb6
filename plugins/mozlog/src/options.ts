import {
  aFunction,
  anObject,
  boolean,
  fraction,
  hasMembers,
  oneOf,
  positive,
  type Rule,
  rule,
  string,
  strings
} from '@dockerflow/kit/options'
import type { FastifyReply, FastifyRequest } from 'fastify'
import type { DestinationStream, LoggerOptions } from 'pino'
import type { TraceContext } from './trace.ts'

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
   * The lowest level that is written: its name, or its number.
   * @default 'info'
   */
  level?: LoggerOptions['level'] | number | undefined
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
   * Without a `stream`: how long to wait for a reader of stdout that takes nothing, in milliseconds. After that,
   * lines are dropped until it reads again; then a line of type `log.dropped` says how many were.
   * @default 2000
   */
  writeTimeout?: number | undefined
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
  /**
   * The place of the active span, for each line that is written inside it. A line has it as the fields `trace_id`,
   * `span_id` and `trace_flags`, or with `googleCloud` as Google's members.
   * @default none: lines have no span
   */
  traceContext?: (() => TraceContext | undefined) | undefined
}

export interface MozlogServerOptions extends MozlogOptions {
  /**
   * The request headers that may bring the request's id, the first fit one wins; of `traceparent` and
   * `x-cloud-trace-context` it is the trace id. Without any, an id is made.
   * @default ['x-request-id']
   */
  requestIdHeaders?: string[] | undefined
}

/** A level of pino's, or `silent` for no line. */
export type SummaryLevel = 'trace' | 'debug' | 'info' | 'warn' | 'error' | 'fatal' | 'silent'

export interface FastifyMozlogOptions {
  /**
   * Whether request.summary has the query string. It may hold secrets.
   * @default false
   */
  querystring?: boolean | undefined
  /**
   * Whether request.summary has the addresses that the request came through: the client's, as Fastify's
   * `trustProxy` says, and the proxies'.
   * @default true
   */
  remoteAddressChain?: boolean | undefined
  /**
   * The user's id, for the field `uid`.
   * @default none: there is no `uid`
   */
  uid?: ((request: FastifyRequest) => string | undefined) | undefined
  /**
   * Routes, by the `url` that they were declared with, whose request.summary has `quietLevel`.
   * @default []
   */
  quiet?: string[] | undefined
  /**
   * Statuses, such as 304, whose request.summary has `quietLevel`.
   * @default []
   */
  quietStatusCodes?: number[] | undefined
  /**
   * The level of a quiet request.summary; `silent` writes none. Errors and slow requests are not quiet.
   * @default 'debug'
   */
  quietLevel?: 'debug' | 'silent' | undefined
  /**
   * Chooses the level of a request.summary; undefined leaves it. It isn't asked about exceptions. Of a 5xx answer or
   * a slow request it can choose another level, but not one that isn't written.
   * @default none: the level stays
   */
  summaryLevel?: ((request: FastifyRequest, reply: FastifyReply) => SummaryLevel | undefined) | undefined
  /**
   * How many of the successful requests have a request.summary, from 0 to 1. It then has the rate as `sample_rate`.
   * Those with a status of 400 and above, and slow ones, always have one.
   * @default 1
   */
  sampleRate?: number | undefined
  /**
   * From when on a request is slow, in milliseconds.
   * @default 1000
   */
  slow?: number | undefined
  /**
   * Whether the lines of all of `createMozlog`'s loggers have the request's `rid` when they are written while it is
   * served, also of loggers that know nothing of the request (AsyncLocalStorage).
   * @default false
   */
  asyncContext?: boolean | undefined
}

export interface MozlogPrettyOptions {
  /**
   * The lowest level that is shown: debug, info, warn, error or fatal.
   * @default 'debug'
   */
  level?: string | undefined
  /**
   * The only type that is shown; "request.*" is every type that starts so.
   * @default all
   */
  type?: string | undefined
  /**
   * A regular expression; only lines that it fits are shown.
   * @default none: all lines are shown
   */
  grep?: string | undefined
  /**
   * Whether to colour.
   * @default when stdout is a terminal that can, by Node.js' rules (NO_COLOR, FORCE_COLOR)
   */
  color?: boolean | undefined
  /**
   * Where the text goes.
   * @default stdout
   */
  destination?: { write(text: string): void } | undefined
}

const functions = (expected: string) => rule(expected, anObject.accepts)

/** Where lines go. */
export const stream = rule(
  'a stream, with a function write',
  (value) => hasMembers(value) && aFunction.accepts(value.write)
)

const time = rule('a number of milliseconds, 0 or above', (value) => typeof value === 'number' && value >= 0)

const isStatusCodes = (value: unknown) =>
  Array.isArray(value) && value.every((code) => Number.isInteger(code) && code >= 100 && code <= 599)

/** Of `createMozlog`. */
export const mozlogRules: Record<keyof MozlogOptions, Rule> = {
  logger: string,
  hostname: string,
  level: rule(
    'the name of a level, or its number',
    (value) => typeof value === 'string' || typeof value === 'number'
  ),
  stream,
  writeTimeout: time,
  maxLength: rule('a whole number above 0', (value) => Number.isInteger(value) && positive.accepts(value)),
  googleCloud: boolean,
  googleCloudProject: string,
  traceContext: aFunction,
  customLevels: rule('an object of level names and numbers', anObject.accepts),
  useOnlyCustomLevels: boolean,
  formatters: functions('an object of functions: bindings, log'),
  hooks: functions('an object of functions: logMethod, streamWrite'),
  mixin: aFunction,
  mixinMergeStrategy: aFunction,
  msgPrefix: string,
  onChild: aFunction,
  redact: rule(
    'an array of paths, or an object with one',
    (value) => Array.isArray(value) || anObject.accepts(value)
  ),
  serializers: functions('an object of functions')
}

/** Of `mozlogServerOptions`. */
export const serverRules: Record<keyof MozlogServerOptions, Rule> = {
  ...mozlogRules,
  requestIdHeaders: strings('header names')
}

/** Of the plugin. */
export const pluginRules: Record<keyof FastifyMozlogOptions, Rule> = {
  querystring: boolean,
  remoteAddressChain: boolean,
  uid: aFunction,
  quiet: strings('route urls'),
  quietStatusCodes: rule('an array of status codes', isStatusCodes),
  quietLevel: oneOf('debug', 'silent'),
  summaryLevel: aFunction,
  sampleRate: rule('a number from 0 to 1', (value) => value === 0 || fraction.accepts(value)),
  slow: time,
  asyncContext: boolean
}
