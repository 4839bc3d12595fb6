import {
  Number as NumberSchema,
  Object as ObjectSchema,
  Optional,
  Record as RecordSchema,
  type Static,
  String as StringSchema
} from 'typebox'
import { type CheckMessage, Level } from './check.ts'

const status = StringSchema({ description: 'ok, debug, info, warning, error, critical or unknown' })

/** The TypeBox schema of what `/__heartbeat__` answers, as in python-dockerflow. */
export const heartbeatPayloadSchema = ObjectSchema({
  status,
  checks: Optional(
    RecordSchema(StringSchema(), status, { description: 'the status of each check, by name' })
  ),
  details: Optional(
    RecordSchema(
      StringSchema(),
      ObjectSchema({
        status,
        level: NumberSchema(),
        messages: RecordSchema(StringSchema(), StringSchema(), { description: 'texts by message id' })
      }),
      { description: 'the checks that are not ok, by name' }
    )
  )
})

/** What `/__heartbeat__` answers. `checks` and `details` are left out where `details` is off. */
export type HeartbeatPayload = Static<typeof heartbeatPayloadSchema>

/** What is known of one check. */
export interface CheckReport {
  /** The highest level of `messages`, 0 without any. */
  level: number
  /** The messages that are not silenced. */
  messages: CheckMessage[]
}

const names = new Map<number, string>(
  Object.entries(Level).map(([name, level]) => [level, name.toLowerCase()])
)

/** The name of a level, `unknown` for one that has none. */
export const levelName = (level: number): string => names.get(level) ?? 'unknown'

/** The highest of the levels, 0 without any. */
export const highest = (levels: { level: number }[]): number =>
  levels.reduce<number>((max, { level }) => Math.max(max, level), Level.OK)

/** The payload for these checks. */
export function toPayload(reports: Map<string, CheckReport>): HeartbeatPayload {
  const all = [...reports]
  return {
    status: levelName(highest(all.map(([, report]) => report))),
    checks: Object.fromEntries(all.map(([name, { level }]) => [name, levelName(level)])),
    details: Object.fromEntries(
      all
        .filter(([, { level }]) => level > Level.OK)
        .map(([name, { level, messages }]) => [
          name,
          { status: levelName(level), level, messages: texts(messages) }
        ])
    )
  }
}

/** Texts by id. Those that share an id are joined, not lost. */
function texts(messages: CheckMessage[]): Record<string, string> {
  const byId = new Map<string, Set<string>>()
  for (const { id, message } of messages) byId.set(id, (byId.get(id) ?? new Set()).add(message))
  return Object.fromEntries([...byId].map(([id, joined]) => [id, [...joined].join('; ')]))
}
