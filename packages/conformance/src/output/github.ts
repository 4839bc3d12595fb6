import type { Level, Report } from '../schema.ts'
import { printable } from './layout.ts'
import { placeName } from './where.ts'

const COMMANDS: Record<Level, string> = { MUST: 'error', SHOULD: 'warning', MAY: 'notice' }

const escapeData = (text: string) => printable(text).replace(/%/g, '%25')
const escapeProperty = (text: string) => escapeData(text).replace(/:/g, '%3A').replace(/,/g, '%2C')

/** The fails as annotations of GitHub Actions; nothing of what is waived. */
export function toGithub({ results }: Report): string {
  return results
    .filter(({ verdict }) => verdict === 'fail')
    .map(({ id, level, message, where, fix }) => {
      const inFile = where && 'file' in where ? `file=${escapeProperty(where.file)},line=${where.line},` : ''
      const place = where && !('file' in where) ? ` (${placeName(where)})` : ''
      const text = [`${message}${place}`, fix].filter(Boolean).join(' ')
      return `::${COMMANDS[level]} ${inFile}title=${escapeProperty(`Dockerflow ${id}`)}::${escapeData(text)}\n`
    })
    .join('')
}
