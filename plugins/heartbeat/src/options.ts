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
}

const maxTime = 2 ** 31 - 1 // a longer timer fires at once
const maxNameLength = 100

const time = { min: 0, max: maxTime, expected: `must be a number of milliseconds from 0 to ${maxTime}` }
const limit = { min: 1, max: maxTime, expected: `must be a number of milliseconds from 1 to ${maxTime}` }
const count = { min: 1, max: 1000, integer: true, expected: 'must be an integer from 1 to 1000' }
const level = {
  min: 1,
  max: Number.MAX_SAFE_INTEGER,
  expected: 'must be a number above 0, such as Level.ERROR'
}

const ranges: Record<keyof CheckOptions, { min: number; max: number; integer?: boolean; expected: string }> =
  {
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
export const optionNames = Object.keys(ranges) as (keyof CheckOptions)[]

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
    const value = given[name] ?? (given[name] === null ? Number.NaN : base[name])
    const { min, max, integer = false, expected } = ranges[name]
    if (!(integer ? Number.isInteger(value) : Number.isFinite(value)) || value < min || value > max) {
      throw new DOCKERFLOW_HEARTBEAT_INVALID_OPTION(where + name, expected)
    }
    options[name] = value
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

const members = ['run', 'connect', 'kill', 'close'] as const

/** The check as an object. Throws DOCKERFLOW_HEARTBEAT_INVALID_OPTION. */
export function readCheck(name: string, check: HeartbeatCheck): HeartbeatCheckObject {
  if (typeof check === 'function') return { run: check }
  const where = `checks.${name}`
  if (typeof check?.run !== 'function') {
    throw new DOCKERFLOW_HEARTBEAT_INVALID_OPTION(where, 'must be a function, or an object with run()')
  }
  for (const member of members) {
    if (check[member] !== undefined && typeof check[member] !== 'function') {
      throw new DOCKERFLOW_HEARTBEAT_INVALID_OPTION(`${where}.${member}`, 'must be a function')
    }
  }
  // An instance of a class has members of its own; in a literal they are misspelt options.
  const known: string[] = [...members, ...optionNames]
  const isLiteral = Object.getPrototypeOf(check) === Object.prototype
  for (const key of isLiteral ? Object.keys(check) : []) {
    if (!known.includes(key)) {
      throw new DOCKERFLOW_HEARTBEAT_INVALID_OPTION(
        `${where}.${key}`,
        `is unknown; there are: ${known.join(', ')}`
      )
    }
  }
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

/** The options of the plugin, with defaults. Throws DOCKERFLOW_HEARTBEAT_INVALID_OPTION. */
export function readOptions(opts: FastifyHeartbeatOptions) {
  const { url = '/__heartbeat__', checks = {}, silenced = [], failedStatusCode = 503 } = opts
  const { failAt = Level.ERROR, details = true } = opts
  const own = { url, checks, silenced, failedStatusCode, failAt, details }
  const demand = (met: boolean, name: string, expected: string) => {
    if (!met) throw new DOCKERFLOW_HEARTBEAT_INVALID_OPTION(name, expected)
  }

  const known: string[] = [...Object.keys(own), ...optionNames]
  for (const name of Object.keys(opts)) {
    demand(known.includes(name), name, `is unknown; the options are: ${known.join(', ')}`)
  }
  const isPath = typeof url === 'string' && url.startsWith('/')
  demand(isPath, 'url', 'must be a path that starts with "/"')
  demand(isRecord(checks), 'checks', 'must be an object of checks by name')
  const isIds = Array.isArray(silenced) && silenced.every((id) => typeof id === 'string')
  demand(isIds, 'silenced', 'must be an array of message ids')
  const isCode = Number.isInteger(failedStatusCode) && failedStatusCode >= 400 && failedStatusCode <= 599
  demand(isCode || failedStatusCode === 200, 'failedStatusCode', 'must be 200, or an integer from 400 to 599')
  demand(Number.isFinite(failAt) && failAt > 0, 'failAt', 'must be a number above 0, such as Level.ERROR')
  const isDetails = typeof details === 'boolean' || typeof details === 'function'
  demand(isDetails, 'details', 'must be true, false or a function of the request')
  return { ...own, silenced: new Set(silenced), engine: readCheckOptions(opts) }
}
