import { globSync, readFileSync } from 'node:fs'
import { dirname, join } from 'node:path'

interface Skipped {
  suite: string
  packages?: string[]
  reason?: string
}

const suites = (count: number, of: number, name: string) => `${count} of ${of} suites of ${name}`

/** What the last tests in the repository at `root` skipped, and how to run it too. Empty where they skipped nothing. */
export function summary(root: string): string {
  const wanted = new Set<string>()
  const reasons = new Set<string>()
  const lines: string[] = []
  for (const manifest of globSync('{apps,packages,plugins,tests}/*/package.json', { cwd: root }).sort()) {
    const folder = join(root, dirname(manifest))
    const skipped: Skipped[] = globSync('.tap/skipped/*.json', { cwd: folder }).map((file) =>
      JSON.parse(readFileSync(join(folder, file), 'utf8'))
    )
    if (skipped.length === 0) continue
    for (const { packages = [] } of skipped) for (const name of packages) wanted.add(name)
    for (const { reason } of skipped) if (reason) reasons.add(reason)
    const { name } = JSON.parse(readFileSync(join(root, manifest), 'utf8'))
    const all = globSync('test/**/*.test.ts', { cwd: folder }).length
    lines.push(suites(new Set(skipped.map(({ suite }) => suite)).size, all, name))
  }
  if (lines.length === 0) return ''
  const apt = `apt-get install ${[...wanted].sort().join(' ')}`
  return [
    '',
    'Skipped, in whole or in part, since these use what is missing here:',
    ...lines.map((line) => `  ${line}`),
    ...(wanted.size > 0 ? [`To run them too: ${apt}`, 'or run .ci/run, which does all that CI does.'] : []),
    ...[...reasons].map((reason) => `Others: ${reason}.`),
    ''
  ].join('\n')
}
