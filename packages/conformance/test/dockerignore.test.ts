import { test } from 'tap'
import { readDockerignore } from '../src/repository/ignore.ts'

// As Docker's reference has it: Go's filepath.Match, `**`, and the last pattern that matches decides.
const cases: [patterns: string, excluded: string[], kept: string[]][] = [
  ['node_modules', ['node_modules', 'node_modules/a/b.js'], ['src/node_modules/a.js', 'node_modules2']],
  ['**/node_modules', ['node_modules/a', 'a/b/node_modules/c'], ['a/node_modules2']],
  ['*.log', ['a.log'], ['a/b.log', 'a.logs', 'alog']],
  ['**/*.log', ['a.log', 'a/b/c.log'], ['a.txt']],
  ['docs/**', ['docs/a', 'docs/a/b'], ['src/docs']],
  ['**', ['a', 'a/b'], []],
  ['*/temp?', ['a/temp1', 'a/tempx/b'], ['temp1', 'a/temp', 'a/b/temp1']],
  ['[a-c].txt', ['a.txt', 'c.txt'], ['d.txt']],
  ['[^a].txt', ['b.txt'], ['a.txt']],
  ['a[.txt', ['a[.txt'], ['a.txt']],
  ['[z-a]', [], ['z', 'a']],
  ['/dist/', ['dist', 'dist/a'], ['src/dist']],
  ['./.env', ['.env'], ['a/.env', 'xenv']],
  ['.', [], ['a']],
  ['*\n!README.md\n!src', ['a', 'b/c'], ['README.md', 'src', 'src/a/b']],
  ['!a\na', ['a'], []],
  ['# a\n\n  b  \r\nc', ['b', 'c'], ['a', '# a']],
  ['\uFEFFa', ['a'], []],
  ['(a)+$', ['(a)+$'], ['aa']]
]

for (const [patterns, excluded, kept] of cases) {
  test(`a .dockerignore of ${JSON.stringify(patterns)}`, async (t) => {
    const { file, excludes } = readDockerignore(patterns, '.dockerignore')
    t.equal(file, '.dockerignore')
    for (const path of excluded) t.ok(excludes(path), `excludes ${path}`)
    for (const path of kept) t.notOk(excludes(path), `keeps ${path}`)
  })
}
