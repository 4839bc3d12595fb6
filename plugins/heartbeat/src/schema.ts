import {
  Array as ArrayOf,
  Number as NumberSchema,
  Object as ObjectSchema,
  Optional,
  Record as RecordSchema,
  type Static,
  String as StringSchema
} from 'typebox'

const Status = StringSchema({ description: 'ok, debug, info, warning, error, critical or unknown' })

/** What `/__heartbeat__` answers, as python-dockerflow does. Without `checks` and `details` where `details` is off. */
export const HeartbeatPayload = ObjectSchema({
  status: Status,
  checks: Optional(
    RecordSchema(StringSchema(), Status, { description: 'the status of each check, by name' })
  ),
  details: Optional(
    RecordSchema(
      StringSchema(),
      ObjectSchema({
        status: Status,
        level: NumberSchema(),
        messages: RecordSchema(StringSchema(), StringSchema(), { description: 'texts by message id' })
      }),
      { description: 'the checks that are not ok, by name' }
    )
  )
})

export type HeartbeatPayload = Static<typeof HeartbeatPayload>

const HealthEntry = ObjectSchema({
  status: StringSchema(),
  output: Optional(StringSchema()),
  observedValue: Optional(NumberSchema({ description: 'how long the last run took' })),
  observedUnit: Optional(StringSchema()),
  time: Optional(StringSchema({ format: 'date-time', description: 'when that run ended' }))
})

/** What is known of one check. Without a run there is no time. */
export type HealthEntry = Static<typeof HealthEntry>

/** The same in the format of draft-inadarei-api-health-check-06. */
export const HealthPayload = ObjectSchema({
  status: StringSchema({ description: 'pass, warn or fail' }),
  checks: Optional(RecordSchema(StringSchema(), ArrayOf(HealthEntry)))
})

export type HealthPayload = Static<typeof HealthPayload>
