import { relative } from 'node:path'
import type { TestEvent } from 'node:test/reporters'
import { inspect } from 'node:util'

/** What became of one test. `path` has the names of the tests around it, then its own. */
export interface Result {
  file: string
  path: string
  status: 'pass' | 'fail' | 'skip'
  /** Of a test that failed. */
  error?: string
}

interface Data {
  file?: string
  name: string
  nesting: number
  skip?: string | boolean
  todo?: string | boolean
  details?: { type?: string; error?: { cause?: unknown } }
}

/** A reporter of `node --test`: one line of JSON for each test that has no tests of its own. */
export default async function* reporter(source: AsyncIterable<TestEvent>): AsyncGenerator<string> {
  const open = new Map<string, string[]>()
  const parents = new Set<string>()
  for await (const { type, data } of source as AsyncIterable<{ type: string; data: Data }>) {
    if (type !== 'test:start' && type !== 'test:pass' && type !== 'test:fail') continue
    const file = data.file ? relative(process.cwd(), data.file) : ''
    const names = open.get(file) ?? []
    open.set(file, names)
    const above = names.slice(0, data.nesting)
    if (type === 'test:start') {
      names.splice(data.nesting, Number.POSITIVE_INFINITY, data.name)
      if (above.length > 0) parents.add(`${file}\n${above.join(' > ')}`)
      continue
    }
    const path = [...above, data.name].join(' > ')
    // A suite, or a test with tests inside, fails where one of them does.
    if (data.details?.type === 'suite' || parents.has(`${file}\n${path}`)) continue
    const failed = type === 'test:fail' && data.todo === undefined
    const status = failed ? 'fail' : data.skip === undefined ? 'pass' : 'skip'
    const { error } = data.details ?? {}
    const result: Result = { file, path, status }
    const cause = error?.cause ?? error
    // Tests throw anything, even what has no toString().
    if (failed) result.error = (cause instanceof Error ? `${cause}` : inspect(cause)).slice(0, 2000)
    yield `${JSON.stringify(result)}\n`
  }
}
