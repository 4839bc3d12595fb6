/** What the processes of this benchmark tell each other. All times are milliseconds. */

/** How the load generator asks. */
export interface LoadRequest {
  path: string
  connections: number
  /** How long the load lasts. */
  duration: number
  /** The time from one request of a connection to its next; 0 sends the next when the last is answered. */
  interval: number
  /** A text that no body may hold. */
  canary: string
}

export interface LoadReport {
  answered: number
  /** Connections that failed, or were reset. */
  errors: number
  /** Requests without an answer within 3 s. */
  timeouts: number
  rps: number
  p50: number
  p99: number
  max: number
  /** When the first and the last answer other than 200 came, by the wall clock; absent without any. */
  firstFailure?: number
  lastFailure?: number
  /** How often a body held the canary. */
  leaks: number
}

/** What a service did since it was last asked. */
export interface ServiceReport {
  /** How many times the check went to the database, and how many of these at the same time. */
  runs: number
  highest: number
  /** How many connections the app's pool gave out. */
  acquired: number
  rss: number
  heapUsed: number
  /** Of user and system, in microseconds. */
  cpu: number
  /** Handles and timers that are active, by kind. */
  resources: Record<string, number>
  /** Listeners on the process. */
  listeners: number
}

export type ServiceKind = 'ours' | 'naive' | 'terminus'

/** What a service says, without being asked, when a run of its check has timed out. */
export const timedOut = 'timed out'
