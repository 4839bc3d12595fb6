import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
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

test('the example serves, drains and ends by itself on SIGTERM', async (t) => {
  const server = spawn(process.execPath, [example.pathname], {
    env: {
      ...process.env,
      _TAPJS_PROCESSINFO_COVERAGE_: '0',
      PORT: '0',
      HOST: '127.0.0.1',
      DRAIN_DELAY: '2000'
    },
    stdio: ['ignore', 'pipe', 'inherit']
  })
  t.teardown(() => server.kill('SIGKILL'))
  const url = await address(server)
  server.stdout?.resume()
  t.equal((await fetch(`${url}/__lbheartbeat__`)).status, 200)
  server.kill('SIGTERM')
  let res = await fetch(`${url}/__lbheartbeat__`)
  while (res.status === 200) res = await fetch(`${url}/__lbheartbeat__`)
  t.equal(res.status, 503)
  t.equal((await fetch(url)).status, 200)
  t.strictSame(await once(server, 'exit'), [0, null])
})
