import { type CheckMessage, Level } from './check.ts'

/** What is known of one check. */
export interface CheckReport {
  /** The highest level of `visible`, 0 without any. */
  readonly level: number
  /** The messages that are not silenced. */
  readonly visible: CheckMessage[]
  /** All messages. */
  messages: CheckMessage[]
  /** How long the run took, in ms, and when it ended; undefined for what no run said. */
  measured?: { duration: number; time: number }
}

/** What is known of all checks. The same object as before says that nothing changed. */
export interface Summary {
  /** The highest level of all checks. */
  level: number
  checks: Map<string, CheckReport>
}

/** What is known of a check that has not run yet: nothing, neither good nor bad. */
export const unknown: CheckReport = { level: -1, visible: [], messages: [] }

/** The highest of the levels, 0 without any. */
export const highest = (levels: { level: number }[]): number =>
  levels.reduce<number>((max, { level }) => Math.max(max, level), Level.OK)

/** Texts by id. Those that share an id are joined, not lost. */
export function texts(messages: CheckMessage[]): Record<string, string> {
  const byId = new Map<string, Set<string>>()
  for (const { id, message } of messages) byId.set(id, (byId.get(id) ?? new Set()).add(message))
  return Object.fromEntries([...byId].map(([id, joined]) => [id, [...joined].join('; ')]))
}
