import type { Outcome } from '../check.ts'
import type { Result } from '../schema.ts'
import { prefixOf, SECTIONS } from '../sections.ts'
import { type Paint, painter, wrap } from './layout.ts'
import { placeName } from './where.ts'

const MARKS = {
  pass: ['✓', 'green'],
  fail: ['✗', 'red'],
  unknown: ['?', 'dim'],
  waived: ['~', 'yellow']
} as const

/** The report for people: by section, fails in full, and what can't be seen in a line. */
export function toText(
  { report, exitCode }: Outcome,
  { color, width }: { color: boolean; width: number }
): string {
  const paint = painter(color)
  const lines: string[] = []
  for (const [prefix, title] of SECTIONS) {
    const results = report.results.filter(({ id }) => prefixOf(id) === prefix)
    const shown = results.filter(({ verdict, where }) => verdict !== 'unknown' || where !== null)
    if (shown.length === 0) continue
    lines.push('', paint('bold', title))
    for (const same of grouped(shown)) lines.push(...toLines(same, width, paint))
  }
  const unseen = [
    ...new Set(
      report.results
        .filter(({ verdict, where }) => verdict === 'unknown' && where === null)
        .map(({ id }) => id)
    )
  ]
  // Of what could not be read at all, nothing is listed.
  if (unseen.length > 0 && lines.length > 0) {
    lines.push('', paint('bold', 'Can not be seen from here'))
    lines.push(paint('dim', `  ${wrap(unseen.join(' '), width, 2)}`))
  }
  const { pass, fail, unknown, waived } = report.summary
  const targets = report.targets.map(({ name }) => name).join(', ')
  const fails = (['MUST', 'SHOULD', 'MAY'] as const).flatMap((level) => {
    const count = report.results.filter(
      (result) => result.verdict === 'fail' && result.level === level
    ).length
    return count > 0 ? [`${count} ${level}`] : []
  })
  const failed = `${fail} failed${fails.length > 0 ? ` (${fails.join(', ')})` : ''}`
  const parts = [failed, `${pass} passed`, `${unknown} unknown`, `${waived} waived`]
  const [word, style] =
    exitCode === 0
      ? (['complies', 'green'] as const)
      : exitCode === 1
        ? (['does not comply', 'red'] as const)
        : (['can not be judged', 'red'] as const)
  lines.push('', `${paint(style, wrap(`${targets || 'Nothing'} ${word}`, width, 0))}`)
  lines.push(wrap(`${parts.join(', ')}; profile ${report.profile}`, width, 0))
  const [first] = report.results.filter(({ verdict }) => verdict === 'fail')
  if (first)
    lines.push(
      paint('dim', wrap(`--explain ${first.id} says more of a rule, --list names them all`, width, 0))
    )
  return `${lines.slice(1).join('\n')}\n`
}

/** How many places of one finding are listed. */
const PLACES = 5

/** Results that say the same of several places, together. */
function grouped(results: Result[]): Result[][] {
  const groups = new Map<string, Result[]>()
  for (const result of results) {
    const { id, verdict, message, fix } = result
    const key = [id, verdict, message, fix].join('\n')
    groups.set(key, [...(groups.get(key) ?? []), result])
  }
  return [...groups.values()]
}

function toLines(same: Result[], width: number, paint: Paint): string[] {
  const [{ id, level, verdict, message, fix }] = same as [Result]
  const [mark, style] = MARKS[verdict]
  const head = `${paint(style, mark)} ${paint('bold', id.padEnd(7))} `
  const indent = 12
  const lines = [
    `  ${head}${wrap(same.length > 1 && verdict !== 'fail' ? `${message} (${same.length} places)` : message, width, indent)}`
  ]
  if (verdict !== 'fail') return lines
  const note = (name: string, text: string) =>
    lines.push(`${' '.repeat(indent)}${paint('dim', name)} ${wrap(text, width, indent + name.length + 1)}`)
  const places = same.filter(({ where }) => where !== null)
  for (const { where } of places.slice(0, PLACES)) note('where', placeName(where))
  if (places.length > PLACES) note('where', `and ${places.length - PLACES} more`)
  if (fix) note('fix  ', fix)
  note('level', level)
  return lines
}
