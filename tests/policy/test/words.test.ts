import { execFileSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { root } from '@dockerflow/testing/root'
import { test } from 'tap'

/** Stiff words, and what to write in their place. */
const stiff: [pattern: RegExp, instead: string][] = [
  [/\b(?:is|are|was|were|be) told\b/i, 'name who says it, or what it does'],
  [/\btells? of\b/i, 'reports, shows, says'],
  [/\bhears? of\b/i, 'learns, sees, gets'],
  [/\blest\b/i, 'so that … does not'],
  [/\bamid\b/i, 'during, in the middle of'],
  [/\bbesides\b/i, 'also, too, beside'],
  [/\bmend(?:s|ed|ing)?\b/i, 'fixes, repairs'],
  [/\bin vain\b/i, 'without success'],
  [/\breckons?\b/i, 'estimates, counts'],
  [
    /(?:^|[.:;] |\/\/ |\* |- )(?:Who|Whoever|Whatever) (?!(?:may|can|decides)\b)\w+/,
    'begin with the subject: callers, a client'
  ]
]

/** What people read: everything in the repository that is text, but licences and what tools write. */
const patterns = [
  '*.md',
  '*.ts',
  '*.mjs',
  '*.cjs',
  '*.yml',
  '*.yaml',
  '*.hcl',
  '*Dockerfile',
  'Makefile',
  '.ci/*',
  'docker/bin/*'
]
const except =
  /^(?:pnpm-lock\.yaml|.*\/api\.md|CHANGELOG\.md|tests\/policy\/test\/words\.test\.ts|CONTRIBUTING\.md|tests\/peers\/differences\/.*)$/

test('the repository is written in plain English', async (t) => {
  const files = execFileSync('git', ['ls-files', '-z', '--', ...patterns], { cwd: root, encoding: 'utf8' })
    .split('\0')
    .filter((file) => file && !except.test(file))
  t.ok(files.length > 100, 'the files are found')
  const findings: string[] = []
  for (const file of files) {
    let text: string
    try {
      text = readFileSync(join(root, file), 'utf8')
    } catch {
      continue // deleted, and not committed yet
    }
    for (const [index, line] of text.split('\n').entries())
      for (const [pattern, instead] of stiff)
        if (pattern.test(line))
          findings.push(`${file}:${index + 1}: "${pattern.exec(line)?.[0].trim()}": write ${instead}`)
  }
  t.strictSame(findings, [])
})

test('no list item of a README is longer than 40 words', async (t) => {
  const files = execFileSync('git', ['ls-files', '-z', '--', '*README.md'], { cwd: root, encoding: 'utf8' })
    .split('\0')
    .filter(Boolean)
  const long: string[] = []
  for (const file of files) {
    let text: string
    try {
      text = readFileSync(join(root, file), 'utf8')
    } catch {
      continue // deleted, and not committed yet
    }
    for (const [index, line] of text
      .replace(/```[\s\S]*?```/g, (code) => code.replace(/[^\n]/g, ''))
      .split('\n')
      .entries()) {
      const words = /^\s*(?:[-*]|\d+\.) (.*)$/.exec(line)?.[1]?.split(/\s+/).length ?? 0
      if (words > 40) long.push(`${file}:${index + 1}: ${words} words`)
    }
  }
  t.strictSame(long, [])
})
