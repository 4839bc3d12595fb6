import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { root } from '@dockerflow/testing/root'
import { parseSync, Visitor } from 'oxc-parser'
import { test } from 'tap'

const page = readFileSync(join(root, 'docs/source-documents.md'), 'utf8')

/** The last column of each row: what shows it. */
const shown = page
  .split('\n')
  .filter((line) => /^\| (?!-)/.test(line) && !line.endsWith('| shown by |'))
  .map((line) => line.split(' | ').at(-1) as string)

/** The names of a file's tests, as they stand in it. */
function namesOf(path: string): Set<string> {
  const source = readFileSync(join(root, path), 'utf8')
  const names = new Set<string>()
  const { program } = parseSync(path, source)
  new Visitor({
    CallExpression({ callee, arguments: [name] }) {
      const called =
        callee.type === 'MemberExpression' && callee.property.type === 'Identifier'
          ? callee.property.name
          : callee.type === 'Identifier' && callee.name
      if (called !== 'test' || !name) return
      if (name.type === 'Literal') names.add(String(name.value))
      if (name.type === 'TemplateLiteral') names.add(source.slice(name.start + 1, name.end - 1))
    }
  }).visit(program)
  return names
}

test('each test that shows a sentence of the source documents exists', async (t) => {
  t.ok(shown.length > 80)
  const missing: string[] = []
  let found = 0
  for (const cell of shown) {
    for (const [, path = '', names = ''] of cell.matchAll(/\]\(\.\.\/(\S+\.test\.ts)\)((?:,? `[^`]+`)*)/g)) {
      const known = existsSync(join(root, path)) ? namesOf(path) : new Set()
      const given = [...names.matchAll(/`([^`]+)`/g)].map(([, name]) => name as string)
      if (given.length === 0) missing.push(`${path}: no test of it is named`)
      for (const name of given) known.has(name) ? found++ : missing.push(`${path}: ${name}`)
    }
  }
  t.strictSame(missing, [])
  t.ok(found > 80)
})

test('each sentence has a test, or says that it differs, is open, or is shown by a person', async (t) => {
  t.strictSame(
    shown.filter((cell) => !/\.test\.ts\)|^\*\*(?:differs|open|by a person)\*\*/.test(cell)),
    []
  )
})

test('each file that does what a sentence asks exists', async (t) => {
  const paths = [...page.matchAll(/\]\(((?!https?:|#)[^)#]+)/g)].map(([, path]) => path as string)
  t.ok(paths.length > 100)
  t.strictSame(
    paths.filter((path) => !existsSync(join(root, 'docs', path))),
    []
  )
})
