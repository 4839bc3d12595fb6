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

test('the example serves, and ends by itself on SIGTERM', async (t) => {
  const server = spawn(process.execPath, [example.pathname], {
    // It runs what was built, whose coverage can't be added to that of the sources.
    env: { ...process.env, _TAPJS_PROCESSINFO_COVERAGE_: '0', PORT: '0' },
    stdio: ['ignore', 'pipe', 'inherit']
  })
  t.teardown(() => server.kill('SIGKILL'))
  const res = await fetch(`${await address(server)}/__lbheartbeat__`, { headers: { connection: 'close' } })
  t.equal(res.status, 200)
  server.kill('SIGTERM')
  t.strictSame(await once(server, 'exit'), [0, null])
})
