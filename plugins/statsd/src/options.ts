import { DOCKERFLOW_STATSD_INVALID_OPTION, DOCKERFLOW_STATSD_INVALID_PORT } from './errors.ts'

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
   * Unix datagram socket of a statsd on this machine, instead of `host`. Needs the add-on `unix-dgram`.
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
   * Path of a route that tells the same metrics to Prometheus.
   * @default none: there is no such route
   */
  metricsUrl?: string | undefined
}

type Rule = [expected: string, valid: (value: unknown) => boolean]

const whole = (value: unknown, min: number, max: number): boolean =>
  Number.isInteger(value) && (value as number) >= min && (value as number) <= max
const text: Rule = [
  'must be a string that is not empty',
  (value) => typeof value === 'string' && value !== ''
]

const maxSocketPath = 107

const rules: Record<keyof FastifyStatsdOptions, Rule> = {
  host: text,
  port: ['must be a whole number from 1 to 65535', (value) => whole(value, 1, 65_535)],
  // The kernel takes no longer one; the add-on would cut it short, and send to whatever has that name.
  path: [
    'must be a path of 1 to 107 bytes',
    (value) =>
      typeof value === 'string' && /^[^\0]+$/.test(value) && Buffer.byteLength(value) <= maxSocketPath
  ],
  prefix: [
    'must be letters, digits, "_", "-" and "."',
    (value) => typeof value === 'string' && /^[\w.-]*$/.test(value)
  ],
  tags: [
    'must be an object of strings',
    (value) =>
      typeof value === 'object' &&
      value !== null &&
      !Array.isArray(value) &&
      Object.values(value).every((tag) => typeof tag === 'string')
  ],
  sampleRate: [
    'must be a number above 0, and 1 at most',
    (value) => typeof value === 'number' && value > 0 && value <= 1
  ],
  interval: ['must be a whole number of ms from 10 to 3600000', (value) => whole(value, 10, 3_600_000)],
  metricsUrl: [
    'must be a path that starts with "/"',
    (value) => typeof value === 'string' && value.startsWith('/')
  ]
}

/** Throws `DOCKERFLOW_STATSD_INVALID_OPTION` for the first option that is unknown or bad. */
export function validate(options: FastifyStatsdOptions): void {
  for (const [name, value] of Object.entries(options)) {
    if (!Object.hasOwn(rules, name)) {
      const known = Object.keys(rules).join(', ')
      throw new DOCKERFLOW_STATSD_INVALID_OPTION(name, `is unknown; the options are: ${known}`)
    }
    const [expected, valid] = rules[name as keyof FastifyStatsdOptions]
    if (value !== undefined && !valid(value)) throw new DOCKERFLOW_STATSD_INVALID_OPTION(name, expected)
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
    const port = /^\d{1,5}$/.test(text) ? Number(text) : Number.NaN
    if (!whole(port, 1, 65_535)) throw new DOCKERFLOW_STATSD_INVALID_PORT(variable)
    return port
  }
  return 8125
}
