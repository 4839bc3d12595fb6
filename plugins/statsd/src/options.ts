import {
  anObject,
  boolean,
  checkOptions,
  fraction,
  positive,
  type Rule,
  rule,
  string,
  text,
  toPort,
  urlPath,
  wholeFrom
} from '@dockerflow/kit/options'
import { DOCKERFLOW_STATSD_INVALID_OPTION, DOCKERFLOW_STATSD_INVALID_PORT } from './errors.ts'
import { faultOfTagName } from './tag-names.ts'

export interface FastifyStatsdOptions {
  /**
   * Name or address of the statsd host. Without it, and without a `path`, nothing is sent.
   * @default the environment variable `STATSD_HOST`
   */
  host?: string | undefined
  /**
   * UDP port of the statsd host.
   * @default the environment variable `STATSD_PORT`, else `STATD_PORT`, else 8125
   */
  port?: number | undefined
  /**
   * Unix datagram socket of a statsd on this machine, instead of `host`. Needs the package `unix-dgram`.
   * @default none
   */
  path?: string | undefined
  /**
   * Comes before each name that is sent to statsd, with a dot between. Letters, digits, `_`, `-` and `.`.
   * @default ''
   */
  prefix?: string | undefined
  /**
   * Tags of each metric; Prometheus gets them as labels.
   * @default {}
   */
  tags?: Record<string, string> | undefined
  /**
   * The share of timings that is sent to statsd, above 0 and up to 1. Counters are exact all the same.
   * @default 1
   */
  sampleRate?: number | undefined
  /**
   * How often metrics are sent, and event loop and memory are looked at, in ms.
   * @default 2000
   */
  interval?: number | undefined
  /**
   * Path of a route that serves the same metrics to Prometheus.
   * @default none: there is no such route
   */
  metricsUrl?: string | undefined
  /**
   * The upper bounds of the buckets that Prometheus gets of timings, in seconds, growing.
   * @default [0.005, 0.01, 0.025, 0.05, 0.075, 0.1, 0.25, 0.5, 0.75, 1, 2.5, 5, 7.5, 10]
   */
  buckets?: number[] | undefined
  /**
   * Keep the names that Prometheus had of the plugin's own metrics in version 0: `http_request_duration_seconds` and
   * `eventloop_delay_mean_ms`. Goes away with the next major version.
   * @default false
   */
  legacyNames?: boolean | undefined
  /**
   * Leave that route out of the OpenAPI document.
   * @default false
   */
  hide?: boolean | undefined
}

const maxSocketPath = 107
/** Each is a series of its own, for each set of tags. */
const maxBuckets = 50

const isBuckets = (value: unknown) =>
  Array.isArray(value) &&
  value.length > 0 &&
  value.length <= maxBuckets &&
  value.every((bound, at) => positive.accepts(bound) && (at === 0 || bound > value[at - 1]))

const rules: Record<keyof FastifyStatsdOptions, Rule> = {
  host: text,
  port: wholeFrom(1, 65_535),
  // The kernel takes no longer one; unix-dgram would cut it short, and send to whatever has that name.
  path: rule(
    'a path of 1 to 107 bytes',
    (value) =>
      typeof value === 'string' && /^[^\0]+$/.test(value) && Buffer.byteLength(value) <= maxSocketPath
  ),
  prefix: rule(
    'letters, digits, "_", "-" and "."',
    (value) => typeof value === 'string' && /^[\w.-]*$/.test(value)
  ),
  tags: rule(
    'an object of strings',
    (value) => anObject.accepts(value) && Object.values(value as object).every(string.accepts)
  ),
  sampleRate: fraction,
  interval: wholeFrom(10, 3_600_000, 'ms'),
  metricsUrl: urlPath,
  buckets: rule(`1 to ${maxBuckets} growing numbers of seconds above 0`, isBuckets),
  legacyNames: boolean,
  hide: boolean
}

/** Throws `DOCKERFLOW_STATSD_INVALID_OPTION` for the first option that is unknown or bad. */
export function validate(options: FastifyStatsdOptions): void {
  checkOptions(options, rules, DOCKERFLOW_STATSD_INVALID_OPTION)
  for (const tag of Object.keys(options.tags ?? {})) {
    const fault = faultOfTagName(tag)
    if (fault !== undefined) throw new DOCKERFLOW_STATSD_INVALID_OPTION(`tags.${tag}`, fault)
  }
  if (options.host !== undefined && options.path !== undefined) {
    throw new DOCKERFLOW_STATSD_INVALID_OPTION('path', 'excludes "host": give one of the two')
  }
}

/**
 * The port that the environment says, 8125 when it says none. The specification of 2016 spells the variable
 * `STATD_PORT`, and everyone else `STATSD_PORT`. Throws `DOCKERFLOW_STATSD_INVALID_PORT`.
 */
export function portFrom(env: NodeJS.ProcessEnv): number {
  for (const variable of ['STATSD_PORT', 'STATD_PORT']) {
    const text = env[variable]
    if (!text) continue
    const port = toPort(text, 1)
    if (Number.isNaN(port)) throw new DOCKERFLOW_STATSD_INVALID_PORT(variable)
    return port
  }
  return 8125
}
