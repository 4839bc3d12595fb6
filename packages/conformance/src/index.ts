import type { RuleDescription } from './rule.ts'
import { rules as all } from './rules/index.ts'

export { type CheckOptions, check, type Outcome, type RunChoice } from './check.ts'
export { ConformanceError } from './errors.ts'
export { type FailOn, PROFILES, type Profile } from './profiles.ts'
export type { Level, Report, Result, Target, Verdict, Where } from './schema.ts'

export type { RuleDescription }

/** All rules, in the order in which they are reported. */
export const rules: readonly RuleDescription[] = all
