import { Level, levelName } from '@dockerflow/kit/levels'
import { type Summary, texts } from './report.ts'

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
