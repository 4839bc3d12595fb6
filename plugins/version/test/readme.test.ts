import { join } from 'node:path'
import { shows, startExample } from '@dockerflow/testing/readme'
import { test } from 'tap'

const example = new URL('../examples/server.ts', import.meta.url)

test("the README's example is the file that runs here", async (t) => {
  t.ok(await shows(new URL('../README.md', import.meta.url), example))
})

test('the example serves, and ends by itself on SIGTERM', async (t) => {
  const text = '{"source":"","version":"1.2.3","commit":"","build":""}'
  const VERSION_FILE = join(t.testdir({ 'version.json': text }), 'version.json')
  const server = await startExample(t, example, { VERSION_FILE })
  const res = await server.get('/__version__')
  t.equal(res.status, 200)
  t.equal(await res.text(), text)
  server.terminate()
  t.strictSame(await server.ended, [0, null])
})
