/** A connection to one server. */
export interface RedisConnection {
  open(): Promise<unknown>
  command(...args: string[]): Promise<unknown>
  /** Calls back when the connection has ended by itself. */
  onEnd(listener: () => void): void
  destroy(): void
}

/** What the check needs of a driver of Redis. */
export interface RedisDriver {
  clustered: boolean
  /** A connection, not yet open, to the app's server; for a cluster to each node that the app knows. */
  connections(signal: AbortSignal): Promise<RedisConnection[]>
  /** Begins to watch whether the app's client is closed for good; returns what says so. */
  closed(): () => boolean
  /** Whether all connections of the app's pool are in use, and more is asked for. */
  saturated?(): boolean
}

// The first words of Redis' own error replies. No other word of a reply may become public.
const codes =
  /^(LOADING|READONLY|NOAUTH|WRONGPASS|NOPERM|MASTERDOWN|CLUSTERDOWN|MISCONF|BUSY|NOREPLICAS|DENIED|OOM)\b/

/** Rejects with the same error, whose `code` is the first word of the reply where the server itself refused. */
export async function withCode(err: Error): Promise<never> {
  const code = codes.exec(err.message)?.[1]
  throw code === undefined ? err : Object.assign(err, { code })
}

/** An error with the code CLUSTERDOWN. */
export const clusterDown = (message: string): Error =>
  Object.assign(new Error(message), { code: 'CLUSTERDOWN' })
