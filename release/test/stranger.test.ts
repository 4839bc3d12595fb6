import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import tap, { test } from 'tap'
import { run } from '../src/programs.ts'
import { publishAll } from '../src/publish.ts'
import { startRegistry } from '../src/registry.ts'

// `npx dockerflow check .` in a folder that knows nothing of this repository but the published packages.
const work = await mkdtemp(join(tmpdir(), 'dockerflow-stranger-'))
tap.teardown(() => rm(work, { recursive: true, force: true }))
const registry = await startRegistry(work)
tap.teardown(() => registry.close())
const { env } = registry

test('a stranger makes a Dockerfile comply by what dockerflow check says', async (t) => {
  await publishAll(registry, work)
  const folder = join(work, 'stranger')
  await mkdir(folder)
  const dockerfile = join(folder, 'Dockerfile')
  const lines = ['FROM node:24-slim', 'COPY server.js /srv/', 'CMD ["node", "/srv/server.js"]']
  /** The fixes of what fails, by rule; and whether the command succeeded. */
  const check = async () => {
    await writeFile(dockerfile, `${lines.join('\n')}\n`)
    const args = ['--yes', 'dockerflow', 'check', '.', '--format', 'text', '--format', 'json=report.json']
    const passed = await run('npx', args, { cwd: folder, env }).then(
      (report) => report.includes('. complies\n'),
      () => false
    )
    const { results } = JSON.parse(await readFile(join(folder, 'report.json'), 'utf8'))
    const fails = results.filter(
      (result: { level: string; verdict: string }) => result.level === 'MUST' && result.verdict === 'fail'
    )
    const fixes = new Map<string, string>(fails.map(({ id, fix }: { id: string; fix: string }) => [id, fix]))
    return { passed, fixes }
  }
  const { passed, fixes: fails } = await check()
  t.notOk(passed)
  t.strictSame([...fails.keys()], ['APP-3', 'IMG-1', 'IMG-2', 'IMG-3', 'IMG-4', 'IMG-5'])
  // What each fix says is written down as it stands there.
  t.match(fails.get('IMG-2'), 'groupadd --gid 10001 app')
  t.match(fails.get('IMG-3'), 'useradd --uid 10001 --gid app app')
  lines.splice(1, 0, 'RUN groupadd --gid 10001 app && useradd --uid 10001 --gid app app')
  t.match(fails.get('IMG-1'), 'WORKDIR /app')
  lines.splice(2, 1, 'WORKDIR /app', 'COPY server.js ./')
  t.match(fails.get('APP-3'), 'COPY version.json /app/version.json')
  lines.splice(4, 0, 'COPY version.json /app/version.json')
  t.match(fails.get('IMG-5'), 'USER app')
  t.match(fails.get('IMG-4'), 'ENTRYPOINT')
  lines.splice(5, 1, 'USER app', 'ENTRYPOINT ["node"]', 'CMD ["server.js"]')
  t.strictSame(await check(), { passed: true, fixes: new Map() })
})
