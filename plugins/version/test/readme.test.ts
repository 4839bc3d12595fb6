import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
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

test('the example serves, and ends by itself on SIGTERM', async (t) => {
  const text = '{"source":"","version":"1.2.3","commit":"","build":""}'
  const VERSION_FILE = join(t.testdir({ 'version.json': text }), 'version.json')
  const server = spawn(process.execPath, [example.pathname], {
    env: { ...process.env, PORT: '0', VERSION_FILE },
    stdio: ['ignore', 'pipe', 'inherit']
  })
  t.teardown(() => server.kill('SIGKILL'))
  const res = await fetch(`${await address(server)}/__version__`, { headers: { connection: 'close' } })
  t.equal(res.status, 200)
  t.equal(await res.text(), text)
  server.kill('SIGTERM')
  t.strictSame(await once(server, 'exit'), [0, null])
})
