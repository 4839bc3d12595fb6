import { type CheckMessage, Level } from './check.ts'
import type { Summary } from './checks.ts'

const string = { type: 'string' } as const
const status = {
  type: 'string',
  description: 'ok, debug, info, warning, error, critical or unknown'
} as const

/**
 * The JSON Schema of what `/__heartbeat__` answers, as in python-dockerflow. `Static<typeof heartbeatPayloadSchema>`
 * of TypeBox is `HeartbeatPayload`. It isn't made by TypeBox, which takes a process longer to load than Fastify itself.
 */
export const heartbeatPayloadSchema = {
  type: 'object',
  required: ['status'],
  properties: {
    status,
    checks: {
      type: 'object',
      additionalProperties: status,
      description: 'the status of each check, by name'
    },
    details: {
      type: 'object',
      description: 'the checks that are not ok, by name',
      additionalProperties: {
        type: 'object',
        required: ['status', 'level', 'messages'],
        properties: {
          status,
          level: { type: 'number' },
          messages: { type: 'object', additionalProperties: string, description: 'texts by message id' }
        }
      }
    }
  }
} as const

/**
 * What `/__heartbeat__` answers. `checks` and `details` are left out where `details` is off.
 *
 * Not an interface: an interface isn't assignable to what json-schema-to-ts makes of the schema, which may have members
 * beyond those that are named.
 */
export type HeartbeatPayload = {
  status: string
  checks?: Record<string, string>
  details?: Record<string, { status: string; level: number; messages: Record<string, string> }>
}

/** What is known of one check. */
export interface CheckReport {
  /** The highest level of `visible`, 0 without any. */
  readonly level: number
  /** The messages that are not silenced. */
  readonly visible: CheckMessage[]
  /** All messages. */
  messages: CheckMessage[]
}

/** What is known of a check that has not run yet: nothing, neither good nor bad. */
export const unknown: CheckReport = { level: -1, visible: [], messages: [] }

const names = new Map<number, string>(
  Object.entries(Level).map(([name, level]) => [level, name.toLowerCase()])
)

/** The name of a level, `unknown` for one that has none. */
export const levelName = (level: number): string => names.get(level) ?? 'unknown'

/** The highest of the levels, 0 without any. */
export const highest = (levels: { level: number }[]): number =>
  levels.reduce<number>((max, { level }) => Math.max(max, level), Level.OK)

/** Dockerflow's payload. */
export function toPayload({ level, checks }: Summary): HeartbeatPayload {
  const all = [...checks]
  const bad = all.filter(([, report]) => report.level > Level.OK)
  return {
    status: levelName(level),
    checks: Object.fromEntries(all.map(([name, report]) => [name, levelName(report.level)])),
    details: Object.fromEntries(
      bad.map(([name, report]) => [
        name,
        { status: levelName(report.level), level: report.level, messages: texts(report.visible) }
      ])
    )
  }
}

/** The JSON Schema of the same in the format of draft-inadarei-api-health-check-06. */
export const healthPayloadSchema = {
  type: 'object',
  required: ['status'],
  properties: {
    status: { type: 'string', description: 'pass, warn or fail' },
    checks: {
      type: 'object',
      additionalProperties: {
        type: 'array',
        items: { type: 'object', required: ['status'], properties: { status: string, output: string } }
      }
    }
  }
} as const

/** A payload of that format. */
export interface HealthPayload {
  status: string
  checks?: Record<string, { status: string; output?: string }[]>
}

/** The payload of draft-inadarei-api-health-check-06, section 3: below a warning all is a pass. */
export function toHealthPayload({ level, checks }: Summary, failAt: number): HealthPayload {
  const statusOf = (one: number) => (one >= failAt ? 'fail' : one >= Level.WARNING ? 'warn' : 'pass')
  const entryOf = (report: CheckReport) => {
    const status = statusOf(report.level)
    return status === 'pass'
      ? { status }
      : { status, output: Object.values(texts(report.visible)).join('; ') }
  }
  return {
    status: statusOf(level),
    checks: Object.fromEntries([...checks].map(([name, report]) => [name, [entryOf(report)]]))
  }
}

/** Texts by id. Those that share an id are joined, not lost. */
function texts(messages: CheckMessage[]): Record<string, string> {
  const byId = new Map<string, Set<string>>()
  for (const { id, message } of messages) byId.set(id, (byId.get(id) ?? new Set()).add(message))
  return Object.fromEntries([...byId].map(([id, joined]) => [id, [...joined].join('; ')]))
}
