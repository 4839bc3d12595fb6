import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { text } from 'node:stream/consumers'
import { fileURLToPath } from 'node:url'
import { guarded } from '@dockerflow/testing/guard'
import { test } from 'tap'

test('the prompt has the app loaded, logs no requests, and closes the app when it ends', async (t) => {
  const file = fileURLToPath(new URL('../dist/repl.js', import.meta.url))
  const env = { ...process.env, DATABASE_URL: `sqlite:${t.testdir()}/demo.db` }
  const child = guarded(spawn(process.execPath, [file], { env }))
  t.teardown(() => child.kill('SIGKILL'))
  child.stdin.end("(await app.inject('/__lbheartbeat__')).statusCode\n.exit\n")
  const [stdout, stderr, [code]] = await Promise.all([
    text(child.stdout),
    text(child.stderr),
    once(child, 'close')
  ])
  t.match(stdout, /^demo> 200$/m)
  t.notMatch(stdout, 'request.summary')
  t.equal(stderr, '')
  t.equal(code, 0)
})
