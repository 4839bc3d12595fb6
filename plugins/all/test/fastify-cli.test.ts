import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { readFile } from 'node:fs/promises'
import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'
import { createInterface } from 'node:readline'
import { freePort } from '@dockerflow/testing/programs'
import { test } from 'tap'

const folder = new URL('fixtures/fastify-cli/', import.meta.url)
const cli = join(dirname(createRequire(import.meta.url).resolve('fastify-cli/package.json')), 'cli.js')

test('fastify start serves the three endpoints in mozlog, and answers a request of two seconds after SIGTERM', async (t) => {
  // For fastify-cli 0 is no port.
  const args = `start --options --port ${await freePort()} --close-grace-delay 10000 app.ts`.split(' ')
  const child = spawn(process.execPath, [cli, ...args], {
    cwd: folder,
    env: { ...process.env, _TAPJS_PROCESSINFO_COVERAGE_: '0' },
    stdio: ['ignore', 'pipe', 'inherit']
  })
  t.teardown(() => child.kill('SIGKILL'))
  const ended = once(child, 'exit')
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]()
  /** The first line whose message has this. */
  const line = async (text: string) => {
    for (;;) {
      const { value, done } = await lines.next()
      if (done) throw new Error(`it ended without ${text}`)
      const record = JSON.parse(value)
      t.equal(record.Logger, 'shop')
      if (record.Fields?.msg?.includes(text)) return record.Fields.msg as string
    }
  }
  const url = /http:\S+/.exec(await line('Server listening at'))?.[0] as string
  for (const path of ['/__lbheartbeat__', '/__heartbeat__', '/__version__']) {
    t.equal((await fetch(url + path)).status, path === '/__version__' ? 404 : 200, path)
  }
  const slow = fetch(`${url}/slow`)
  await line('slow began')
  child.kill('SIGTERM')
  t.equal(await (await slow).text(), 'slow')
  t.strictSame(await ended, [0, null])
})

test('the page shows the files that run here', async (t) => {
  const page = await readFile(new URL('../../../docs/guides/fastify-cli.md', import.meta.url), 'utf8')
  for (const file of ['app.ts', 'plugins/dockerflow.ts']) {
    t.ok(page.includes(`\`\`\`ts\n${await readFile(new URL(file, folder), 'utf8')}\`\`\``), file)
  }
  t.match(page, '--close-grace-delay 10000')
})
