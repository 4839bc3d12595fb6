import type { FastifyRequest } from 'fastify'
import type { DestinationStream, LoggerOptions } from 'pino'
import { DOCKERFLOW_MOZLOG_INVALID_OPTION } from './errors.ts'

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

/** For each option, what it must be, and whether a value is that. */
export type OptionRules = Record<string, [expected: string, holds: (value: unknown) => boolean]>

export const isString = (value: unknown) => typeof value === 'string'
export const isBoolean = (value: unknown) => typeof value === 'boolean'
export const isFunction = (value: unknown) => typeof value === 'function'
export const isObject = (value: unknown) => typeof value === 'object' && value !== null
export const isStream = (value: unknown) =>
  isObject(value) && isFunction(Reflect.get(value as object, 'write'))
export const isStrings = (value: unknown) => Array.isArray(value) && value.every(isString)
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

/** Throws DOCKERFLOW_MOZLOG_INVALID_OPTION for the first option that is unknown or has an impossible value. */
export function checkOptions(opts: object, rules: OptionRules): void {
  for (const [name, value] of Object.entries(opts)) {
    const rule = Object.hasOwn(rules, name) ? rules[name] : undefined
    if (rule === undefined) {
      throw new DOCKERFLOW_MOZLOG_INVALID_OPTION(
        name,
        `is unknown; the options are: ${Object.keys(rules).join(', ')}`
      )
    }
    if (value !== undefined && !rule[1](value)) {
      throw new DOCKERFLOW_MOZLOG_INVALID_OPTION(name, `must be ${rule[0]}`)
    }
  }
}
