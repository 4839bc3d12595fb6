import type { Outcome } from '../check.ts'
import type { Result } from '../schema.ts'
import { printable } from './layout.ts'
import { placeName } from './where.ts'

/** Text as a cell of a table. */
const cell = (text: string) => printable(text).replace(/[\\|`<>*_[\]]/g, '\\$&')

/** The report as Markdown, for a job's summary or a pull request. */
export function toMarkdown({ report, exitCode }: Outcome): string {
  const { pass, fail, unknown, waived } = report.summary
  const names = report.targets.map(({ name }) => `\`${printable(name).replace(/`/g, '')}\``).join(', ')
  const word = exitCode === 0 ? 'complies' : exitCode === 1 ? 'does not comply' : 'can not be judged'
  const lines = [
    `### Dockerflow: ${names || 'nothing'} ${word}`,
    '',
    `${pass} passed, ${fail} failed, ${unknown} unknown, ${waived} waived (profile ${report.profile})`
  ]
  const rows = (verdict: Result['verdict']) => report.results.filter((result) => result.verdict === verdict)
  if (fail > 0) {
    lines.push('', '| rule | level | where | found | fix |', '| --- | --- | --- | --- | --- |')
    for (const { id, level, where, message, fix, link } of rows('fail')) {
      lines.push(
        `| [${id}](${link}) | ${level} | ${cell(placeName(where))} | ${cell(message)} | ${cell(fix ?? '')} |`
      )
    }
  }
  if (waived > 0) {
    lines.push('', '<details><summary>Waived</summary>', '', '| rule | where | why |', '| --- | --- | --- |')
    for (const { id, where, message } of rows('waived')) {
      lines.push(`| ${id} | ${cell(placeName(where))} | ${cell(message)} |`)
    }
    lines.push('', '</details>')
  }
  const unseen = [...new Set(rows('unknown').map(({ id }) => id))]
  if (unseen.length > 0) lines.push('', `Can not be seen from here: ${unseen.join(', ')}`)
  return `${lines.join('\n')}\n`
}
