import {
  aFunction,
  anObject,
  boolean,
  hasMembers,
  oneOf,
  positive,
  type Rule,
  rule,
  string,
  strings
} from '@dockerflow/kit/options'
import type { FastifyRequest } from 'fastify'
import type { DestinationStream, LoggerOptions } from 'pino'

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

export interface MozlogServerOptions extends MozlogOptions {
  /**
   * The request headers that may bring the request's id, the first fit one wins; of `traceparent` and
   * `x-cloud-trace-context` it is the trace id. Without any, an id is made.
   * @default ['x-request-id']
   */
  requestIdHeaders?: string[] | undefined
}

export interface FastifyMozlogOptions {
  /**
   * Whether request.summary has the query string. It may hold secrets.
   * @default false
   */
  querystring?: boolean | undefined
  /**
   * Whether request.summary has the addresses that the request came through: the client's, as Fastify's
   * `trustProxy` tells it, and the proxies'.
   * @default true
   */
  remoteAddressChain?: boolean | undefined
  /** The user's id, for the field `uid`. */
  uid?: ((request: FastifyRequest) => string | undefined) | undefined
  /**
   * Routes, by the `url` that they were declared with, whose request.summary has `quietLevel`.
   * @default []
   */
  quiet?: string[] | undefined
  /**
   * What becomes of the request.summary of a quiet route: written at level debug, or not at all. An error's is
   * always written.
   * @default 'debug'
   */
  quietLevel?: 'debug' | 'silent' | undefined
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
  /** The only type that is shown; "request.*" is every type that starts so. */
  type?: string | undefined
  /** A regular expression; only lines that it fits are shown. */
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

/** Of `createMozlog`. */
export const mozlogRules: Record<keyof MozlogOptions, Rule> = {
  logger: string,
  hostname: string,
  level: rule('the name of a level', string.accepts),
  stream,
  maxLength: rule('a whole number above 0', (value) => Number.isInteger(value) && positive.accepts(value)),
  googleCloud: boolean,
  googleCloudProject: string,
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
  quietLevel: oneOf('debug', 'silent'),
  asyncContext: boolean
}
