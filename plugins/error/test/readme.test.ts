import { shows, startExample } from '@dockerflow/testing/readme'
import { test } from 'tap'

const example = new URL('../examples/server.ts', import.meta.url)

test("the README's example is the file that runs here", async (t) => {
  t.ok(await shows(new URL('../README.md', import.meta.url), example))
})

test('the example serves its route to who has the token', async (t) => {
  const server = await startExample(t, example, { ERROR_TOKEN: 'secret' })
  t.equal((await server.get('/__error__')).status, 401)
  t.equal((await server.get('/__error__', { authorization: 'Bearer secret' })).status, 500)
})
