import { type ChildProcess, spawn } from 'node:child_process'
import { createSocket } from 'node:dgram'
import { on, once } from 'node:events'
import { readFile } from 'node:fs/promises'
import { createInterface } from 'node:readline'
import { test } from 'tap'

const example = new URL('../examples/server.ts', import.meta.url)

/** Resolves with the address that the example's log tells. */
async function address(server: ChildProcess): Promise<string> {
  if (!server.stdout) throw new Error('stdout is no pipe')
  for await (const line of createInterface({ input: server.stdout })) {
    const url = /http:\/\/[\d.]+:\d+/.exec(line)
    if (url) return url[0]
  }
  throw new Error('the example ended before it listened')
}

test("the README's example is the file that runs here", async (t) => {
  const readme = await readFile(new URL('../README.md', import.meta.url), 'utf8')
  t.ok(readme.includes(`\`\`\`ts\n${await readFile(example, 'utf8')}\`\`\``))
})

test("the example serves, and statsd is sent the app's own metric", async (t) => {
  const server = createSocket('udp4').bind(0, '127.0.0.1')
  t.teardown(() => server.close())
  await once(server, 'listening')
  const service = spawn(process.execPath, [example.pathname], {
    env: {
      ...process.env,
      _TAPJS_PROCESSINFO_COVERAGE_: '0',
      PORT: '0',
      STATSD_HOST: '127.0.0.1',
      STATSD_PORT: `${server.address().port}`
    },
    stdio: ['ignore', 'pipe', 'inherit']
  })
  t.teardown(() => service.kill('SIGKILL'))
  const origin = await address(service)
  service.stdout?.resume()
  t.equal((await fetch(`${origin}/greet`)).status, 200)
  t.match(await (await fetch(`${origin}/metrics`)).text(), /^greetings_total\{language="en"\} 1$/m)
  for await (const [message] of on(server, 'message')) {
    if (String(message).split('\n').includes('demo.greetings:1|c|#language:en')) break
  }
  service.kill('SIGTERM')
  await once(service, 'exit')
})
