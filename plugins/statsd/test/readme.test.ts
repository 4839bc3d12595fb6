import { createSocket } from 'node:dgram'
import { on, once } from 'node:events'
import { shows, startExample } from '@dockerflow/testing/readme'
import { test } from 'tap'

const example = new URL('../examples/server.ts', import.meta.url)

test("the README's example is the file that runs here", async (t) => {
  t.ok(await shows(new URL('../README.md', import.meta.url), example))
})

test("the example serves, and statsd is sent the app's own metric", async (t) => {
  const socket = createSocket('udp4').bind(0, '127.0.0.1')
  t.teardown(() => socket.close())
  await once(socket, 'listening')
  const server = await startExample(t, example, {
    STATSD_HOST: '127.0.0.1',
    STATSD_PORT: `${socket.address().port}`
  })
  t.equal((await server.get('/greet')).status, 200)
  t.match(await (await server.get('/metrics')).text(), /^greetings_total\{language="en"\} 1$/m)
  for await (const [message] of on(socket, 'message')) {
    if (String(message).split('\n').includes('demo.greetings:1|c|#language:en')) break
  }
})
