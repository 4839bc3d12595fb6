import {
  aFunction,
  checkOptions,
  numberFrom,
  type Rule,
  rule,
  text,
  toPort,
  wholeFrom
} from '@dockerflow/kit/options'
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
   * How long closing, and with it the requests in flight, may take after that, in ms. Then connections that are still
   * open are cut, and the app has one more second to close.
   * @default 8000, so that a process is gone before `docker stop` kills it after 10 seconds
   */
  closeTimeout?: number | undefined
  /**
   * Closes the app, where a framework around it has to do that.
   * @default () => app.close()
   */
  close?: (() => unknown) | undefined
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

export interface FastifyLifecycleOptions {
  /**
   * How many bytes of request bodies may be in flight, each until its request is answered. A request whose body passes
   * that is answered with 503. 0 is off.
   * @default 0
   */
  maxBodyBytes?: number | undefined
}

const hour = 3_600_000

const share = rule(
  '0, or a number from 0.2 to 1',
  (value) => value === 0 || numberFrom(0.2, 1).accepts(value)
)

export const pluginRules: Record<keyof FastifyLifecycleOptions, Rule> = {
  maxBodyBytes: wholeFrom(0, Number.MAX_SAFE_INTEGER, 'bytes')
}

export const serveRules: Record<keyof ServeOptions, Rule> = {
  port: wholeFrom(0, 65_535),
  host: text,
  drainDelay: wholeFrom(0, hour, 'ms'),
  closeTimeout: wholeFrom(1, hour, 'ms'),
  close: aFunction,
  heapThreshold: share,
  containerThreshold: share,
  reportDir: rule('a path that is not empty', text.accepts)
}

/** Throws `DOCKERFLOW_LIFECYCLE_INVALID_OPTION` for what are no options, or the first that is unknown or bad. */
export function validate(options: object, rules: Record<string, Rule>): void {
  checkOptions(options, rules, DOCKERFLOW_LIFECYCLE_INVALID_OPTION)
}

/** The port that `PORT` says, 8000 when it is unset or empty. Throws `DOCKERFLOW_LIFECYCLE_INVALID_PORT`. */
export function portFrom(env: NodeJS.ProcessEnv): number {
  const { PORT: text } = env
  if (!text) return 8000
  const port = toPort(text)
  if (Number.isNaN(port)) throw new DOCKERFLOW_LIFECYCLE_INVALID_PORT()
  return port
}
