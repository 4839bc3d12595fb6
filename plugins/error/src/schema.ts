import { Integer, Object as ObjectSchema, Optional, type Static, String as StringSchema } from 'typebox'

const members = {
  statusCode: Optional(Integer()),
  code: Optional(StringSchema()),
  error: Optional(StringSchema()),
  message: Optional(StringSchema())
}

/** What `/__error__` answers without the right token. */
export const Unauthorized = ObjectSchema(members)

/** What it answers with it. An error handler of the app's own may send more. */
export const ErrorPayload = ObjectSchema(members, { additionalProperties: true })

export type Unauthorized = Static<typeof Unauthorized>
export type ErrorPayload = Static<typeof ErrorPayload>
