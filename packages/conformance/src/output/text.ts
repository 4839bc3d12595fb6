import type { Outcome } from '../check.ts'
import type { Result } from '../schema.ts'
import { prefixOf, SECTIONS } from '../sections.ts'
import { type Paint, painter, printable, wrap } from './layout.ts'
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
    for (const result of shown) lines.push(...toLines(result, width, paint))
  }
  const unseen = [
    ...new Set(
      report.results
        .filter(({ verdict, where }) => verdict === 'unknown' && where === null)
        .map(({ id }) => id)
    )
  ]
  if (unseen.length > 0) {
    lines.push('', paint('bold', 'Can not be seen from here'))
    lines.push(paint('dim', `  ${wrap(unseen.join(' '), width, 2)}`))
  }
  const { pass, fail, unknown, waived } = report.summary
  const targets = report.targets.map(({ name }) => name).join(', ')
  const parts = [`${pass} passed`, `${fail} failed`, `${unknown} unknown`, `${waived} waived`]
  const [word, style] =
    exitCode === 0
      ? (['complies', 'green'] as const)
      : exitCode === 1
        ? (['does not comply', 'red'] as const)
        : (['can not be judged', 'red'] as const)
  lines.push('', `${paint(style, wrap(`${targets || 'Nothing'} ${word}`, width, 0))}`)
  lines.push(wrap(`${parts.join(', ')} (profile ${report.profile})`, width, 0))
  return `${lines.slice(1).join('\n')}\n`
}

function toLines(
  { id, level, verdict, message, where, fix, link }: Result,
  width: number,
  paint: Paint
): string[] {
  const [mark, style] = MARKS[verdict]
  const head = `${paint(style, mark)} ${paint('bold', id.padEnd(7))} `
  const indent = 12
  const lines = [`  ${head}${wrap(message, width, indent)}`]
  if (verdict !== 'fail') return lines
  const note = (name: string, text: string) =>
    lines.push(`${' '.repeat(indent)}${paint('dim', name)} ${wrap(text, width, indent + name.length + 1)}`)
  if (where) note('where', printable(placeName(where)))
  if (fix) note('fix  ', fix)
  note('level', level)
  note('see  ', link)
  return lines
}
