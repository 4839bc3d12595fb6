import { execFileSync, spawn } from 'node:child_process'
import { once } from 'node:events'
import { readFile } from 'node:fs/promises'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import { test } from 'tap'

const folder = new URL('fixtures/nest/', import.meta.url)

test('a service of NestJS in CommonJS logs mozlog, drains, runs its hooks and ends with 0', async (t) => {
  const tsc = fileURLToPath(new URL('../node_modules/.bin/tsc', import.meta.url))
  // tap gives its loaders to all that it starts, and the compiler can't run with them.
  execFileSync('env', ['NODE_OPTIONS=', tsc, '-p', fileURLToPath(folder)], { stdio: 'inherit' })
  t.match(await readFile(new URL('dist/main.cjs', folder), 'utf8'), 'require("@dockerflow/all")')
  const child = spawn(process.execPath, ['dist/main.cjs'], {
    cwd: folder,
    env: { ...process.env, _TAPJS_PROCESSINFO_COVERAGE_: '0', PORT: '0' },
    stdio: ['ignore', 'pipe', 'inherit']
  })
  t.teardown(() => child.kill('SIGKILL'))
  const ended = once(child, 'close')
  const lines: { Type: string; Fields: Record<string, string> }[] = []
  const started = Promise.withResolvers<string>()
  createInterface({ input: child.stdout }).on('line', (text) => {
    const line = JSON.parse(text)
    lines.push(line)
    if (line.Type === 'app.start') started.resolve(`http://${line.Fields.addresses[0]}`)
  })
  const url = await Promise.race([started.promise, ended.then(() => 'it ended')])
  t.equal(await (await fetch(url)).text(), 'hello')
  t.equal((await fetch(`${url}/__heartbeat__`)).status, 200)
  child.kill('SIGTERM')
  t.strictSame(await ended, [0, null])
  const said = lines.map(({ Fields }) => `${Fields.context} ${Fields.msg}`)
  for (const words of ['NestFactory Starting Nest application...', 'HelloController asked'])
    t.ok(said.includes(words))
  t.ok(said.indexOf('HelloController destroyed') > said.indexOf('undefined draining'))
  t.equal(lines.at(-1)?.Fields.msg, 'closed')
})

test('the page shows the file that runs here', async (t) => {
  const page = await readFile(new URL('../../../docs/guides/nestjs.md', import.meta.url), 'utf8')
  t.ok(page.includes(`\`\`\`ts\n${await readFile(new URL('main.cts', folder), 'utf8')}\`\`\``))
})
