import type { Level } from './schema.ts'

export type Profile = 'spec' | 'strict' | 'mozcloud'

/** From which level on a fail changes the exit code. */
export type FailOn = 'must' | 'should' | 'may'

export const PROFILES: Record<Profile, { failOn: FailOn; about: string; levels: Record<string, Level> }> = {
  spec: { failOn: 'must', about: 'what the specification demands', levels: {} },
  strict: { failOn: 'should', about: 'its recommendations and documents too', levels: {} },
  mozcloud: {
    failOn: 'must',
    about: "the platform's own probes, both on lbheartbeat, and port 8000",
    levels: { 'OPT-4': 'MUST', 'K8S-1': 'MUST', 'K8S-3': 'MUST' }
  }
}

const WEIGHT: Record<Level, number> = { MUST: 2, SHOULD: 1, MAY: 0 }

/** Whether a fail of this level counts. */
export const counts = (level: Level, failOn: FailOn): boolean =>
  WEIGHT[level] >= WEIGHT[failOn.toUpperCase() as Level]
