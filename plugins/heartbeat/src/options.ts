import {
  aFunction,
  boolean,
  checkOptions,
  maxTime,
  numberFrom,
  positive,
  type Rule,
  rule,
  strings,
  urlPath,
  wholeFrom
} from '@dockerflow/kit/options'
import type { FastifyRequest } from 'fastify'
import { type CheckOptions, type HeartbeatCheck, type HeartbeatCheckObject, jitter, Level } from './check.ts'
import { DOCKERFLOW_HEARTBEAT_INVALID_NAME, DOCKERFLOW_HEARTBEAT_INVALID_OPTION } from './errors.ts'

export interface FastifyHeartbeatOptions extends CheckOptions {
  /**
   * Path of the route.
   * @default '/__heartbeat__'
   */
  url?: string | undefined
  /**
   * The checks, by name.
   * @default {}
   */
  checks?: Record<string, HeartbeatCheck> | undefined
  /**
   * Ids of messages that are logged but neither shown nor counted.
   * @default []
   */
  silenced?: string[] | undefined
  /**
   * The status code of a heartbeat that fails: 200, or from 400 to 599.
   * @default 503
   */
  failedStatusCode?: number | undefined
  /**
   * The level from which on the heartbeat fails.
   * @default Level.ERROR
   */
  failAt?: number | undefined
  /**
   * Whether the answer holds more than the overall status: for all requests, or for the one at hand.
   * @default true
   */
  details?: boolean | ((request: FastifyRequest) => boolean) | undefined
  /**
   * Leave the route out of the OpenAPI document.
   * @default false
   */
  hide?: boolean | undefined
}

const maxNameLength = 100

const time = numberFrom(0, maxTime, 'milliseconds')
const limit = numberFrom(1, maxTime, 'milliseconds')
const count = wholeFrom(1, 1000)
const level = rule('a number above 0, such as Level.ERROR', positive.accepts)

const engineRules: Record<keyof CheckOptions, Rule> = {
  wait: time,
  timeout: limit,
  connectTimeout: limit,
  ttl: time,
  maxStale: time,
  slow: time,
  level,
  failureThreshold: count,
  successThreshold: count,
  interval: time
}

/** The names of the engine's options. */
export const optionNames = Object.keys(engineRules) as (keyof CheckOptions)[]

const defaults: Record<keyof CheckOptions, number> = {
  wait: 900,
  timeout: 2000,
  connectTimeout: 5000,
  ttl: 1000,
  maxStale: 5000,
  slow: 0,
  level: Level.ERROR,
  failureThreshold: 1,
  successThreshold: 1,
  interval: 0
}

/**
 * The engine's options in `given`, over `base`; `where` is put before an option's name in an error.
 * Throws DOCKERFLOW_HEARTBEAT_INVALID_OPTION.
 */
export function readCheckOptions(given: CheckOptions, where = '', base = defaults): typeof defaults {
  const options = { ...base }
  for (const name of optionNames) {
    const { [name]: value } = given
    checkOptions({ [name]: value }, engineRules, DOCKERFLOW_HEARTBEAT_INVALID_OPTION, where)
    options[name] = value ?? base[name]
  }
  const { interval } = options
  if (given.maxStale === undefined) options.maxStale = Math.max(options.maxStale, 2 * interval)
  const longest = Math.ceil(interval * (1 + jitter))
  if (options.maxStale < longest) {
    const expected = `must be at least ${longest}, the longest time between two runs with interval ${interval}`
    throw new DOCKERFLOW_HEARTBEAT_INVALID_OPTION(`${where}maxStale`, expected)
  }
  return options
}

const checkRules: Record<string, Rule> = {
  run: aFunction,
  connect: aFunction,
  kill: aFunction,
  close: aFunction,
  ...engineRules
}

/** The check as an object. Throws DOCKERFLOW_HEARTBEAT_INVALID_OPTION. */
export function readCheck(name: string, check: HeartbeatCheck): HeartbeatCheckObject {
  if (typeof check === 'function') return { run: check }
  const where = `checks.${name}`
  if (typeof check?.run !== 'function') {
    throw new DOCKERFLOW_HEARTBEAT_INVALID_OPTION(where, 'must be a function, or an object with run()')
  }
  // An instance of a class has members of its own; in a literal they are misspelt options.
  const { run, connect, kill, close } = check
  const given = Object.getPrototypeOf(check) === Object.prototype ? check : { run, connect, kill, close }
  checkOptions(given, checkRules, DOCKERFLOW_HEARTBEAT_INVALID_OPTION, `${where}.`)
  return check
}

/** Throws DOCKERFLOW_HEARTBEAT_INVALID_NAME unless `name` can be a key of the payload. */
export function assertName(name: unknown): asserts name is string {
  const shown =
    typeof name === 'string' ? JSON.stringify(name.slice(0, maxNameLength)) : `of type ${typeof name}`
  if (typeof name !== 'string' || name === '' || name.length > maxNameLength) {
    throw new DOCKERFLOW_HEARTBEAT_INVALID_NAME(shown, `must be a string of 1 to ${maxNameLength} characters`)
  }
  if (name in {}) {
    throw new DOCKERFLOW_HEARTBEAT_INVALID_NAME(shown, 'is one that every object has')
  }
}

/** Whether all that `value` holds is its own: of a Map of checks none would run, and the heartbeat be well. */
function isRecord(value: unknown): boolean {
  if (typeof value !== 'object' || value === null) return false
  return [Object.prototype, null].includes(Object.getPrototypeOf(value))
}

const statusCode = wholeFrom(400, 599)

const rules: Record<keyof FastifyHeartbeatOptions, Rule> = {
  url: urlPath,
  checks: rule('an object of checks by name', isRecord),
  silenced: strings('message ids'),
  failedStatusCode: rule(
    '200, or an integer from 400 to 599',
    (value) => value === 200 || statusCode.accepts(value)
  ),
  failAt: level,
  details: rule(
    'true, false or a function of the request',
    (value) => boolean.accepts(value) || aFunction.accepts(value)
  ),
  hide: boolean,
  ...engineRules
}

/** The options of the plugin, with defaults. Throws DOCKERFLOW_HEARTBEAT_INVALID_OPTION. */
export function readOptions(opts: FastifyHeartbeatOptions) {
  checkOptions(opts, rules, DOCKERFLOW_HEARTBEAT_INVALID_OPTION)
  const { url = '/__heartbeat__', checks = {}, silenced = [], failedStatusCode = 503 } = opts
  const { failAt = Level.ERROR, details = true, hide = false } = opts
  const own = { url, checks, silenced, failedStatusCode, failAt, details, hide }
  return { ...own, silenced: new Set(silenced), engine: readCheckOptions(opts) }
}
