import { shows, startExample } from '@dockerflow/testing/readme'
import { test } from 'tap'

const example = new URL('../examples/server.ts', import.meta.url)

test("the README's example is the file that runs here", async (t) => {
  t.ok(await shows(new URL('../README.md', import.meta.url), example))
})

test('the example serves, and ends by itself on SIGTERM', async (t) => {
  const server = await startExample(t, example)
  t.equal((await server.get('/hello')).status, 200)
  server.terminate()
  t.strictSame(await server.ended, [0, null])
})
