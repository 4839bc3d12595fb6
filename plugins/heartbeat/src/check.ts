import { Level } from '@dockerflow/kit/levels'

export { Level }

/** A poller's next run is planned up to this much earlier or later, so that processes don't poll in step. */
export const jitter = 0.2

/** What a check has to say. */
export interface CheckMessage {
  /** A value of `Level`, or any other finite number. */
  level: number
  /** Names the kind of message, such as `app.W001`: it can be silenced by it. */
  id: string
  /** The text that leaves the process: the same for each message of this id, and without secrets. */
  message: string
  /** The error behind the message. It goes to the log alone; only its `code` may leave the process. */
  err?: unknown
}

/** What a run of a check is given. */
export interface CheckContext {
  /** Aborted when the run took too long, or when the app closes. */
  signal: AbortSignal
}

/** Nothing, which is ok, or messages. */
// biome-ignore lint/suspicious/noConfusingVoidType: an async function that returns nothing is a check as well
export type CheckResult = void | CheckMessage | CheckMessage[]

/** How checks are run. All times are milliseconds. */
export interface CheckOptions {
  /**
   * The longest that a request waits for a run, in ms.
   * @default 900
   */
  wait?: number | undefined
  /**
   * The longest that `run()` may take, in ms.
   * @default 2000
   */
  timeout?: number | undefined
  /**
   * The longest that `connect()` may take, in ms.
   * @default 5000
   */
  connectTimeout?: number | undefined
  /**
   * For how long a result, good or bad, is served without a new run, in ms.
   * @default 1000
   */
  ttl?: number | undefined
  /**
   * The greatest age of a result that is still served while a new run is late, in ms.
   * @default 5000, or 2 × `interval` if that is more
   */
  maxStale?: number | undefined
  /**
   * A run that takes longer adds a warning, in ms; 0 is off.
   * @default 0
   */
  slow?: number | undefined
  /**
   * The level of a run that throws or times out.
   * @default 40
   */
  level?: number | undefined
  /**
   * The number of failures in a row that make the check fail; until then it shows a warning.
   * @default 1
   */
  failureThreshold?: number | undefined
  /**
   * The number of successes in a row that make a failed check ok; until then it shows a warning.
   * @default 1
   */
  successThreshold?: number | undefined
  /**
   * Run in the background, this long after the last run ended, in ms, instead of when a request asks; 0 is off.
   * @default 0
   */
  interval?: number | undefined
}

/** A check that owns a connection, or wants engine options of its own. */
export interface HeartbeatCheckObject extends CheckOptions {
  /**
   * Opens what `run()` needs, with `connectTimeout` as its budget instead of `timeout`. Called before each
   * run: it returns at once when the connection is there.
   */
  connect?(context: CheckContext): void | Promise<void>
  /** Asks the backing service. A throw or a rejection is a message of level `level`. */
  run(context: CheckContext): CheckResult | Promise<CheckResult>
  /** Called when a run ignored its signal: destroys what this check itself opened, at once. */
  kill?(): void
  /** Called once, on `app.close()`. */
  close?(): void | Promise<void>
}

/** A check of one backing service. */
export type HeartbeatCheck =
  | ((context: CheckContext) => CheckResult | Promise<CheckResult>)
  | HeartbeatCheckObject

const builder =
  (level: number) =>
  (id: string, message: string, err?: unknown): CheckMessage =>
    err === undefined ? { level, id, message } : { level, id, message, err }

/** A message of level 20, which leaves the heartbeat at 200. */
export const info = builder(Level.INFO)
/** A message of level 30, which leaves the heartbeat at 200. */
export const warning = builder(Level.WARNING)
/** A message of level 40, which makes the heartbeat fail. */
export const error = builder(Level.ERROR)
/** A message of level 50, which makes the heartbeat fail. */
export const critical = builder(Level.CRITICAL)
