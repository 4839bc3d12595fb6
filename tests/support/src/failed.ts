import { globSync, readFileSync, statSync } from 'node:fs'
import { join } from 'node:path'

const ends = /^ *\.\.\.$/
/** The lines that say why a test fails; a difference may be long. */
const maxLines = 40

/** What a package's output says went wrong: its failed tests, each with the reason, and what no test covers. */
function problems(log: string): string[] {
  const found: string[] = []
  let left = 0
  for (const line of log.split('\n')) {
    if (/^ *not ok /.test(line) && !/# (?:SKIP|TODO)\b/.test(line)) left = maxLines
    else if (/^$|^ *(?:ok |# |\d+\.\.)/.test(line)) left = 0
    const coverage = line.split('|')
    const uncovered =
      coverage.length === 6 &&
      coverage.slice(1, 5).some((part) => Number(part) < 100) &&
      !line.startsWith('All files')
    if (left > 0 || uncovered) found.push(line)
    left = ends.test(line) ? 0 : left - 1
  }
  return found
}

/** What failed since a time, from the outputs that turbo keeps in the repository at `root`. Empty where nothing did. */
export function failures(root: string, since: number): string {
  const logs = globSync(
    '{apps,bench,docs,examples,packages,plugins,release,tests}/{,*/}.turbo/turbo-test.log',
    { cwd: root }
  )
  return logs
    .sort()
    .filter((log) => statSync(join(root, log)).mtimeMs >= since)
    .map((log) => [log, readFileSync(join(root, log), 'utf8')] as const)
    .filter(([, text]) => text.includes('[ELIFECYCLE]'))
    .flatMap(([log, text]) => [
      '',
      `Failed in ${log.replace('/.turbo/turbo-test.log', '')}:`,
      ...problems(text)
    ])
    .concat('')
    .join('\n')
}
