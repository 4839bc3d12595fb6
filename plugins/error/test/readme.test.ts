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

test('the example serves its route to who has the token', async (t) => {
  const server = spawn(process.execPath, [example.pathname], {
    env: { ...process.env, _TAPJS_PROCESSINFO_COVERAGE_: '0', PORT: '0', ERROR_TOKEN: 'secret' },
    stdio: ['ignore', 'pipe', 'inherit']
  })
  t.teardown(() => server.kill('SIGKILL'))
  const url = `${await address(server)}/__error__`
  server.stdout?.resume()
  t.equal((await fetch(url)).status, 401)
  t.equal((await fetch(url, { headers: { authorization: 'Bearer secret' } })).status, 500)
  server.kill('SIGTERM')
  await once(server, 'exit')
})
