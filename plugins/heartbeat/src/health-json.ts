import { Level } from './check.ts'
import { type CheckReport, type Summary, texts } from './report.ts'
import type { HealthEntry, HealthPayload } from './schema.ts'

/** The IETF draft's media type, served when the request names it. */
export const healthJson = 'application/health+json'

const acceptsHealthJson =
  /(?:^|,)\s*application\/health\+json\s*(?:;(?!\s*q=0(?:\.0*)?\s*(?:,|$))[^,]*)?(?:,|$)/i

/** Whether the header `accept` names `application/health+json`. No wildcard does: the default is Dockerflow's. */
export const wantsHealthJson = (accept: string | undefined): boolean =>
  accept !== undefined && acceptsHealthJson.test(accept)

/** The payload of draft-inadarei-api-health-check-06, section 3: below a warning all is a pass. */
export function toHealthPayload({ level, checks }: Summary, failAt: number): HealthPayload {
  const statusOf = (one: number) => (one >= failAt ? 'fail' : one >= Level.WARNING ? 'warn' : 'pass')
  const entryOf = (report: CheckReport): HealthEntry => {
    const status = statusOf(report.level)
    const entry = { status, ...timeOf(report) }
    return status === 'pass' ? entry : { ...entry, output: Object.values(texts(report.visible)).join('; ') }
  }
  return {
    status: statusOf(level),
    checks: Object.fromEntries([...checks].map(([name, report]) => [name, [entryOf(report)]]))
  }
}

function timeOf({ measured }: CheckReport): Partial<HealthEntry> {
  if (measured === undefined) return {}
  const { duration, time } = measured
  return {
    observedValue: Number(duration.toFixed(3)),
    observedUnit: 'ms',
    time: new Date(time).toISOString()
  }
}
