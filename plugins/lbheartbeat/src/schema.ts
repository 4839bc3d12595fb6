import { String as StringSchema } from 'typebox'

/** What `/__lbheartbeat__` answers: a word for people; the status says it. */
export const LbheartbeatPayload = StringSchema()
