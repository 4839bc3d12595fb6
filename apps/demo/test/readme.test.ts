import { shows, startExample } from '@dockerflow/testing/readme'
import { test } from 'tap'

const example = new URL('../examples/own-service.ts', import.meta.url)

test("the README's example is the file that runs here", async (t) => {
  t.ok(await shows(new URL('../../../README.md', import.meta.url), example))
})

test('the example serves: its dependency is down, and it is up itself', async (t) => {
  const file = `${t.testdir({ 'version.json': '{"version":"1.2.3"}' })}/version.json`
  const service = await startExample(t, example, { VERSION_FILE: file })
  t.equal((await service.get('/__lbheartbeat__')).status, 200)
  t.strictSame(await (await service.get('/__version__')).json(), { version: '1.2.3' })
  const heartbeat = await service.get('/__heartbeat__')
  t.equal(heartbeat.status, 503)
  t.match(await heartbeat.json(), { status: 'error', checks: { stock: 'error' } })
  service.terminate()
  t.strictSame(await service.ended, [0, null])
})
