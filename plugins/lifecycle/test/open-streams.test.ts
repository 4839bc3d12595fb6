import { once } from 'node:events'
import { startExample } from '@dockerflow/testing/readme'
import { test } from 'tap'
import WebSocket from 'ws'

// Were they cut, they would end after eight seconds at the earliest, with another code or without an end.

test('the example of event streams: a stream ends on SIGTERM, and the process with 0', async (t) => {
  const server = await startExample(t, new URL('../examples/sse.ts', import.meta.url))
  const res = await server.get('/events', { accept: 'text/event-stream' })
  t.equal(res.status, 200)
  const reader = (res.body as ReadableStream<Uint8Array>).pipeThrough(new TextDecoderStream()).getReader()
  t.match((await reader.read()).value, /^data: \d+/)
  server.terminate()
  while (!(await reader.read()).done);
  t.strictSame(await server.ended, [0, null])
})

test('the example of WebSockets: a client hears 1001 on SIGTERM, and the process ends with 0', async (t) => {
  const server = await startExample(t, new URL('../examples/websocket.ts', import.meta.url))
  const socket = new WebSocket(`${server.url.replace('http', 'ws')}/echo`)
  await once(socket, 'open')
  socket.send('hello')
  const [message] = await once(socket, 'message')
  t.equal(message.toString(), 'hello')
  server.terminate()
  const [code] = await once(socket, 'close')
  t.equal(code, 1001)
  t.strictSame(await server.ended, [0, null])
})
