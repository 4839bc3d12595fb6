import type { FaultProxy } from '@dockerflow/testing/fault-proxy'

/** What each part of the benchmark works with. */
export interface Bench {
  proxy: FaultProxy
  /** The database's password, which may show up nowhere. */
  canary: string
  /** The database, as the services reach it. */
  url: string
  /** The database, without the proxy. */
  directUrl: string
  /** Writes a line to stdout. */
  print(text?: string): void
}

/** A line of the list of targets. */
export interface Target {
  target: string
  measured: string
  isMet: boolean
}
