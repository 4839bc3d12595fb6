import {
  Array as ArraySchema,
  Boolean as BooleanSchema,
  Integer,
  Number as NumberSchema,
  Object as ObjectSchema,
  Optional,
  Record as RecordSchema,
  type Static,
  String as StringSchema,
  Union
} from 'typebox'
import { Errors } from 'typebox/value'

const FieldValue = Union([StringSchema(), NumberSchema(), BooleanSchema()])
const FieldArray = Union([
  ArraySchema(StringSchema(), { minItems: 1 }),
  ArraySchema(NumberSchema(), { minItems: 1 }),
  ArraySchema(BooleanSchema(), { minItems: 1 })
])
const FieldObject = ObjectSchema({
  value: Union([FieldValue, FieldArray]),
  representation: Optional(StringSchema())
})

/** A mozlog record, as Mozilla's public JSON schema has it. */
export const MozlogRecord = ObjectSchema({
  /** Nanoseconds since 1970. */
  Timestamp: Integer({ minimum: 0 }),
  Type: Optional(StringSchema()),
  Logger: Optional(StringSchema()),
  Hostname: Optional(StringSchema({ format: 'hostname' })),
  EnvVersion: Optional(StringSchema({ pattern: '^\\d+(?:\\.\\d+){0,2}$' })),
  /** Syslog's: 0 emergency to 7 debug. */
  Severity: Optional(Integer({ minimum: 0, maximum: 7 })),
  Pid: Optional(Integer({ minimum: 0 })),
  Fields: Optional(
    RecordSchema(StringSchema(), Union([FieldValue, FieldArray, FieldObject]), { minProperties: 1 })
  )
})

export type MozlogRecord = Static<typeof MozlogRecord>

/** What is wrong with a line of a log as a mozlog record; empty when nothing is. */
export function mozlogErrors(line: string): string[] {
  const text = line.endsWith('\n') ? line.slice(0, -1) : line
  if (/[\n\r]/.test(text)) return ['is more than one line']
  let record: unknown
  try {
    record = JSON.parse(text)
  } catch (err) {
    return [`is no JSON: ${(err as Error).message}`]
  }
  return Errors(MozlogRecord, record).map(({ instancePath, message }) => `${instancePath || '/'} ${message}`)
}
