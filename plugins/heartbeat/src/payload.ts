import { Level, levelName } from '@dockerflow/kit/levels'
import { type Summary, texts } from './report.ts'
import type { HeartbeatPayload } from './schema.ts'

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
