import { shows, startExample } from '@dockerflow/testing/readme'
import { test } from 'tap'

const example = new URL('../examples/server.ts', import.meta.url)

test("the README's example is the file that runs here", async (t) => {
  t.ok(await shows(new URL('../README.md', import.meta.url), example))
})

test('the example serves, also with a trailing slash', async (t) => {
  const server = await startExample(t, example)
  t.equal((await server.get('/__region__/')).status, 200)
})
