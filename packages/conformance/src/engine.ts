import type { Waiver } from './config.ts'
import { counts, type FailOn, PROFILES, type Profile } from './profiles.ts'
import type { Facts, Finding, Rule } from './rule.ts'
import type { Report, Result, Target, Where } from './schema.ts'

export interface JudgeOptions {
  rules: readonly Rule[]
  profile: Profile
  /** Ids whose unknowns are fails. */
  require: ReadonlySet<string>
  waivers: Waiver[]
  /** Results of an earlier report: fails that it had are waived. */
  baseline: Result[]
  /** The day, as YYYY-MM-DD. */
  today: string
}

/** Judges the facts by each rule. */
export function judge(facts: Facts, targets: Target[], options: JudgeOptions): Report {
  const { rules, profile } = options
  const known = new Map<string, number>()
  for (const result of options.baseline) {
    if (result.verdict === 'fail') known.set(fingerprint(result), (known.get(fingerprint(result)) ?? 0) + 1)
  }
  const results: Result[] = []
  for (const rule of rules) {
    const findings = [...rule.check(facts), ...ofRuns(facts, rule)]
    if (findings.length === 0) {
      findings.push({
        verdict: 'unknown',
        message: `Not seen from here: it takes ${rule.looksAt}.`,
        where: null
      })
    }
    const places = onePerPlace(findings)
    // What is required has to be seen in one place; that another does not show it is no fail then.
    const seen = places.some(({ verdict }) => verdict === 'pass')
    const required = options.require.has(rule.id) && !seen
    for (const finding of places) {
      const result = toResult(rule, finding, profile, required)
      results.push(settle(result, facts, options, known))
    }
  }
  const summary = { pass: 0, fail: 0, unknown: 0, waived: 0 }
  for (const { verdict } of results) summary[verdict]++
  return { schema: 1, targets, profile, results, summary }
}

/** The exit code of a report: 1 where a fail counts, else 0. What was asked for by name counts at any level. */
export function exitCode({ results }: Report, failOn: FailOn, require: ReadonlySet<string>): 0 | 1 {
  const fails = results.some(
    ({ id, level, verdict }) => verdict === 'fail' && (counts(level, failOn) || require.has(id))
  )
  return fails ? 1 : 0
}

function* ofRuns({ runs }: Facts, { id }: Rule): Generator<Finding> {
  for (const run of runs) {
    for (const { id: of, ...finding } of run.findings) if (of === id) yield finding
  }
}

// What was seen goes before what could not be seen.
const WORST = { fail: 2, pass: 1, unknown: 0 } as const

/** A rule has one result for each place: the worst of what was found there, with all of its messages. */
function onePerPlace(findings: Finding[]): Finding[] {
  const places = new Map<string, Finding>()
  for (const finding of findings) {
    const key = JSON.stringify(finding.where)
    const before = places.get(key)
    if (!before || WORST[finding.verdict] > WORST[before.verdict]) places.set(key, finding)
    else if (before.verdict === finding.verdict && before.message !== finding.message) {
      places.set(key, { ...before, message: `${before.message} ${finding.message}` })
    }
  }
  return [...places.values()]
}

function toResult(rule: Rule, finding: Finding, profile: Profile, require: boolean): Result {
  const { id, link } = rule
  const required = finding.verdict === 'unknown' && require
  const verdict = required ? 'fail' : finding.verdict
  const fix =
    finding.verdict === 'unknown'
      ? (finding.fix ?? `Let it be seen: ${rule.looksAt}.`)
      : verdict === 'fail'
        ? (finding.fix ?? rule.fix)
        : null
  return {
    id,
    level: PROFILES[profile].levels[id] ?? rule.level,
    verdict,
    message: required ? `${finding.message} It is required.` : finding.message,
    where: finding.where,
    fix,
    link
  }
}

/** A fail that is let off is waived: by a comment in the Dockerfile, by a waiver, or as one of the baseline. */
function settle(result: Result, facts: Facts, options: JudgeOptions, known: Map<string, number>): Result {
  if (result.verdict !== 'fail') return result
  const { where } = result
  const waive = (why: string): Result => ({
    ...result,
    verdict: 'waived',
    message: `${result.message} ${why}`
  })
  if (where && 'file' in where) {
    const dockerfile = facts.dockerfiles.find(({ name }) => name === where.file)
    if (dockerfile?.ignores(result.id, where.line)) return waive('Let off by a comment.')
  }
  let expired = ''
  for (const waiver of options.waivers) {
    if (waiver.rule !== result.id || !covers(waiver, where)) continue
    if (waiver.until >= options.today) return waive(`Waived until ${waiver.until}: ${waiver.reason}`)
    expired = ` Its waiver ended on ${waiver.until}.`
  }
  const left = known.get(fingerprint(result)) ?? 0
  if (left > 0) {
    known.set(fingerprint(result), left - 1)
    return waive('It is in the baseline.')
  }
  return expired === '' ? result : { ...result, message: result.message + expired }
}

const placeOf = (where: Where): string =>
  where === null ? '' : 'file' in where ? where.file : 'url' in where ? where.url : where.path

function covers({ path }: Waiver, where: Where): boolean {
  if (path === undefined) return true
  const place = placeOf(where)
  return place === path || place.startsWith(path.endsWith('/') ? path : `${path}/`)
}

/** The same finding, also after lines were added above it: not by its line, nor by numbers in its message. */
const fingerprint = ({ id, where, message }: Result) =>
  [id, placeOf(where).replace(/^(https?:\/\/)[^/]+/, ''), message.replace(/\d+/g, '0')].join('\n')
