import { HealthPayload, HeartbeatPayload } from '../dist/schemas.js'
import { healthJson, toHealthPayload } from './health-json.ts'
import { toPayload } from './payload.ts'
import type { Summary } from './report.ts'

/** The bodies of the answers. Dockerflow's is serialised once per change, the other, which has times, once per request. */
export function createAnswers(failAt: number) {
  let last: Summary | undefined
  let bodies: (string | undefined)[] = []
  return (summary: Summary, asHealthJson: boolean, withDetails: boolean): string => {
    if (asHealthJson) return serialise(toHealthPayload(summary, failAt), withDetails)
    if (summary !== last) {
      last = summary
      bodies = []
    }
    const key = withDetails ? 1 : 0
    bodies[key] ??= serialise(toPayload(summary), withDetails)
    return bodies[key]
  }
}

const serialise = (payload: { status: string }, withDetails: boolean): string =>
  JSON.stringify(withDetails ? payload : { status: payload.status })

/** The schema of an answer, for documents. */
export const responseSchema = (description: string) => ({
  description,
  content: {
    'application/json': { schema: HeartbeatPayload },
    [healthJson]: { schema: HealthPayload }
  }
})
