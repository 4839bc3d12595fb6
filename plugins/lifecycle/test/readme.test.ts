import { shows, startExample } from '@dockerflow/testing/readme'
import { test } from 'tap'

const example = new URL('../examples/server.ts', import.meta.url)
const streams = ['sse', 'websocket'].map((name) => new URL(`../examples/${name}.ts`, import.meta.url))

test("the README's examples are the files that run in these tests", async (t) => {
  t.ok(await shows(new URL('../README.md', import.meta.url), example, ...streams))
})

test('the example serves, drains and ends by itself on SIGTERM', async (t) => {
  const server = await startExample(t, example, { HOST: '127.0.0.1', DRAIN_DELAY: '2000' })
  t.equal((await server.get('/__lbheartbeat__')).status, 200)
  server.terminate()
  let { status } = await server.get('/__lbheartbeat__')
  while (status === 200) status = (await server.get('/__lbheartbeat__')).status
  t.equal(status, 503)
  t.equal((await server.get('/')).status, 200)
  t.strictSame(await server.ended, [0, null])
})
