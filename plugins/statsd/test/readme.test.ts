import { shows, startExample } from '@dockerflow/testing/readme'
import { test } from 'tap'
import { statsd } from './fixtures/udp.ts'

const example = new URL('../examples/server.ts', import.meta.url)

test("the README's example is the file that runs here", async (t) => {
  t.ok(await shows(new URL('../README.md', import.meta.url), example))
})

test("the example serves, and statsd is sent the app's own metric", async (t) => {
  // It listens from the start: on a busy machine the metric is sent before the next line of this test runs.
  const received = await statsd(t)
  const server = await startExample(t, example, {
    STATSD_HOST: '127.0.0.1',
    STATSD_PORT: `${received.port}`
  })
  t.equal((await server.get('/greet')).status, 200)
  t.match(await (await server.get('/metrics')).text(), /^greetings_total\{language="en"\} 1$/m)
  await received.until(() => received.sum('demo.greetings', { language: 'en' }) === 1)
})
