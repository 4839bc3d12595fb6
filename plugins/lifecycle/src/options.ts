import { DOCKERFLOW_LIFECYCLE_INVALID_OPTION, DOCKERFLOW_LIFECYCLE_INVALID_PORT } from './errors.ts'

export interface ServeOptions {
  /**
   * TCP port to listen on; 0 picks a free one.
   * @default the environment variable `PORT`, else 8000
   */
  port?: number | undefined
  /**
   * Address or host name to listen on.
   * @default the environment variable `HOST`, else '127.0.0.1'
   */
  host?: string | undefined
  /**
   * How long to go on serving after the signal, in ms: the time that the load balancer needs to notice.
   * @default 0
   */
  drainDelay?: number | undefined
  /**
   * How long `app.close()`, and with it the requests in flight, may take after that, in ms.
   * @default 8000, so that a process is gone before `docker stop` kills it after 10 seconds
   */
  closeTimeout?: number | undefined
  /**
   * The share of V8's heap limit from which on the heap counts as nearly used up; 0 is off.
   * @default 0.75, since V8 may give up from 0.8 on
   */
  heapThreshold?: number | undefined
  /**
   * The share of the container's memory limit from which on it counts as nearly used up; 0 is off.
   * @default 0.9
   */
  containerThreshold?: number | undefined
  /**
   * A directory that gets a JSON file for each crash, and each time that memory is nearly used up. Must exist.
   * @default none
   */
  reportDir?: string | undefined
}

const HOUR = 3_600_000

const whole = (value: unknown, min: number, max: number): boolean =>
  Number.isInteger(value) && (value as number) >= min && (value as number) <= max

type Rule = [expected: string, valid: (value: unknown) => boolean]

const share: Rule = [
  'must be 0, or a number from 0.2 to 1',
  (value) => value === 0 || (typeof value === 'number' && value >= 0.2 && value <= 1)
]

const rules: Record<keyof ServeOptions, Rule> = {
  port: ['must be a whole number from 0 to 65535', (value) => whole(value, 0, 65_535)],
  host: ['must be a string that is not empty', (value) => typeof value === 'string' && value !== ''],
  drainDelay: ['must be a whole number of ms from 0 to 3600000', (value) => whole(value, 0, HOUR)],
  closeTimeout: ['must be a whole number of ms from 1 to 3600000', (value) => whole(value, 1, HOUR)],
  heapThreshold: share,
  containerThreshold: share,
  reportDir: ['must be a path that is not empty', (value) => typeof value === 'string' && value !== '']
}

/** Throws `DOCKERFLOW_LIFECYCLE_INVALID_OPTION` for what are no options, or the first that is unknown or bad. */
export function validate(options: ServeOptions): void {
  if (typeof options !== 'object' || options === null || Array.isArray(options)) {
    throw new DOCKERFLOW_LIFECYCLE_INVALID_OPTION('options', 'must be an object')
  }
  for (const [name, value] of Object.entries(options)) {
    if (!Object.hasOwn(rules, name)) {
      const known = Object.keys(rules).join(', ')
      throw new DOCKERFLOW_LIFECYCLE_INVALID_OPTION(name, `is unknown; the options are: ${known}`)
    }
    const [expected, valid] = rules[name as keyof ServeOptions]
    if (value !== undefined && !valid(value)) throw new DOCKERFLOW_LIFECYCLE_INVALID_OPTION(name, expected)
  }
}

/** The port that `PORT` says, 8000 when it is unset or empty. Throws `DOCKERFLOW_LIFECYCLE_INVALID_PORT`. */
export function portFrom(env: NodeJS.ProcessEnv): number {
  const { PORT: text } = env
  if (!text) return 8000
  const port = /^\d{1,5}$/.test(text) ? Number(text) : Number.NaN
  if (!whole(port, 0, 65_535)) throw new DOCKERFLOW_LIFECYCLE_INVALID_PORT()
  return port
}
