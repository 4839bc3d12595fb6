import { HealthPayload, HeartbeatPayload } from '../dist/schemas.js'
import { healthJson, toHealthPayload } from './health-json.ts'
import { toPayload } from './payload.ts'
import type { Summary } from './report.ts'

/** The bodies of the answers, each serialised once per change. */
export function createAnswers(failAt: number) {
  let last: Summary | undefined
  let bodies: (string | undefined)[] = []
  return (summary: Summary, asHealthJson: boolean, withDetails: boolean): string => {
    if (summary !== last) {
      last = summary
      bodies = []
    }
    const key = (asHealthJson ? 2 : 0) + (withDetails ? 1 : 0)
    bodies[key] ??= serialise(summary, failAt, asHealthJson, withDetails)
    return bodies[key]
  }
}

function serialise(summary: Summary, failAt: number, asHealthJson: boolean, withDetails: boolean): string {
  const payload = asHealthJson ? toHealthPayload(summary, failAt) : toPayload(summary)
  return JSON.stringify(withDetails ? payload : { status: payload.status })
}

/** The schema of an answer, for documents. */
export const responseSchema = (description: string) => ({
  description,
  content: {
    'application/json': { schema: HeartbeatPayload },
    [healthJson]: { schema: HealthPayload }
  }
})
