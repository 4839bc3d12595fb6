import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { readFile } from 'node:fs/promises'
import { freePort } from '@dockerflow/testing/programs'
import { test } from 'tap'
import { until } from './fixtures/service.ts'

const example = new URL('../examples/own-service.ts', import.meta.url)

test("the README's example is the file that runs here", async (t) => {
  const readme = await readFile(new URL('../../../README.md', import.meta.url), 'utf8')
  t.ok(readme.includes(`\`\`\`ts\n${await readFile(example, 'utf8')}\`\`\``))
})

test('the example serves: its dependency is down, and it is up itself', async (t) => {
  const file = `${t.testdir({ 'version.json': '{"version":"1.2.3"}' })}/version.json`
  const PORT = `${await freePort()}`
  const url = `http://127.0.0.1:${PORT}`
  const env = { ...process.env, _TAPJS_PROCESSINFO_COVERAGE_: '0', PORT, VERSION_FILE: file }
  const service = spawn(process.execPath, [example.pathname], { env, stdio: 'ignore' })
  t.teardown(() => service.kill('SIGKILL'))
  await until(async () => (await fetch(`${url}/__lbheartbeat__`).catch(() => undefined))?.ok)
  t.strictSame(await (await fetch(`${url}/__version__`)).json(), { version: '1.2.3' })
  const heartbeat = await fetch(`${url}/__heartbeat__`)
  t.equal(heartbeat.status, 503)
  t.match(await heartbeat.json(), { status: 'error', checks: { stock: 'error' } })
  service.kill('SIGTERM')
  t.strictSame(await once(service, 'exit'), [0, null])
})
