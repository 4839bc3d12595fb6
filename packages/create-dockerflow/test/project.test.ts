import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, realpathSync, rmSync, symlinkSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import { fileURLToPath } from 'node:url'
import { check } from '@dockerflow/conformance'
import { MariadbServer, withoutMariadb } from '@dockerflow/testing/mariadb'
import { PostgresServer, withoutPostgres } from '@dockerflow/testing/postgres'
import { RedisServer, withoutRedis } from '@dockerflow/testing/redis'
import { test } from 'tap'
import type { Answers } from '../src/answers.ts'
import { newProject } from '../src/project.ts'
import { readOrigin } from '../src/templates.ts'
import { writeAll } from '../src/write.ts'

const template = fileURLToPath(new URL('../template', import.meta.url))
const root = fileURLToPath(new URL('../../..', import.meta.url))
const origin = { repository: 'my-org/dockerflow', commit: 'a'.repeat(40) }
const defaults: Answers = {
  name: 'shop',
  language: 'typescript',
  manager: 'npm',
  managerVersion: undefined,
  database: 'sqlite',
  redis: false,
  warn: new Set(),
  registry: undefined,
  kubernetes: false
}
const registry = { region: 'europe-west1', project: 'my-project', repository: 'containers' }

/** Rejects with what a program wrote, when it fails. */
async function run(program: string, args: string[], cwd: string, env: NodeJS.ProcessEnv = {}) {
  // Without what tap puts into the environment of each process.
  const child = spawn('env', ['-u', 'NODE_OPTIONS', '-u', 'NODE_TEST_CONTEXT', program, ...args], {
    cwd,
    env: { ...process.env, NO_COLOR: '1', ...env },
    stdio: ['ignore', 'pipe', 'pipe']
  })
  const [out, err, [code]] = await Promise.all([text(child.stdout), text(child.stderr), once(child, 'close')])
  if (code !== 0) throw new Error(`${program} ${args.join(' ')}: ${code}\n${out}\n${err}`)
  return out
}

const servers = {
  sqlite: undefined,
  none: undefined,
  postgres: {
    skip: withoutPostgres(),
    async start() {
      const server = await PostgresServer.create()
      return { url: server.url, stop: () => server.stop() }
    }
  },
  mysql: {
    skip: withoutMariadb(),
    async start() {
      const server = await MariadbServer.create('a-password')
      return { url: `mysql://demo:a-password@127.0.0.1:${server.port}/demo`, stop: () => server.stop() }
    }
  }
}

// Each language with each database; Redis, the warnings, the package manager and the rest in turn.
let turn = 0
for (const language of ['typescript', 'javascript'] as const) {
  for (const database of ['sqlite', 'postgres', 'mysql', 'none'] as const) {
    const round = turn++
    const answers: Answers = {
      ...defaults,
      language,
      database,
      redis: (round + (round >> 2)) % 2 === 1,
      manager: (['npm', 'pnpm', 'yarn'] as const)[round % 3] ?? 'npm',
      managerVersion: ['11.5.1', '12.21.0', '4.18.1', '11.5.1', '12.21.0', '1.22.22'][round % 6],
      warn: new Set(['', 'database', 'redis'].slice(round % 3, (round % 3) + 1)),
      registry: round % 2 === 0 ? registry : undefined,
      kubernetes: round % 4 < 2
    }
    const name = `${language}, ${database}${answers.redis ? ', Redis' : ''}, ${answers.manager}`
    const skip = servers[database]?.skip || (answers.redis && withoutRedis())

    test(`a service with ${name} is formatted, passes its tests, and complies`, { skip }, async (t) => {
      const folder = realpathSync(mkdtempSync(join(tmpdir(), 'create-dockerflow-')))
      t.teardown(() => rmSync(folder, { recursive: true, force: true }))
      const project = join(folder, 'shop')
      const files = newProject(answers, origin)
      writeAll(project, files)
      for (const [path, { text }] of files) {
        if (path !== 'Dockerfile')
          t.notMatch(
            text,
            /my-(?:service|region)|OWNER\/|@COMMIT|PACKAGE_MANAGER|^\s*(?:\/\/|#)\?| #\? /m,
            path
          )
      }
      t.ok(
        (files.get(`src/server.${language === 'typescript' ? 'ts' : 'js'}`)?.text.split('\n').length ?? 99) <=
          21
      )

      const biome = join(root, 'node_modules/.bin/biome')
      await run(
        biome,
        ['ci', '--colors=off', '--error-on-warnings', '--vcs-enabled=false', `--config-path=${root}`, '.'],
        project
      )

      symlinkSync(join(template, 'node_modules'), join(project, 'node_modules'))
      const server = await servers[database]?.start()
      if (server) t.teardown(() => server.stop())
      const redis = answers.redis ? await RedisServer.create('') : undefined
      if (redis) t.teardown(() => redis.stop())
      if (language === 'typescript') {
        await run('node_modules/.bin/tsc', [], project)
        await run('node_modules/.bin/tsc', ['--project', 'tsconfig.build.json'], project)
      }
      const { scripts } = JSON.parse(files.get('package.json')?.text ?? '')
      const [, pattern = ''] = /^node --test "(.*)"$/.exec(scripts.test) ?? []
      const out = await run(process.execPath, ['--test', '--test-reporter=tap', pattern], project, {
        ...(server && { DATABASE_URL: server.url }),
        ...(redis && { REDIS_URL: `redis://127.0.0.1:${redis.port}` })
      })
      t.match(out, /# pass 5\n.*# fail 0\n.*# skipped 0\n/s)
      if (server) {
        // As on a machine that has none of it.
        t.match(
          await run(process.execPath, ['--test', '--test-reporter=tap', pattern], project),
          /# pass 4\n.*# fail 0\n.*# skipped 1\n/s
        )
      }

      const { report, exitCode, unreadable } = await check({ targets: [project], profile: 'strict' })
      t.strictSame(unreadable, [])
      // A digest to pin an image by is only known where there is a registry.
      const fails = report.results.filter(({ verdict, id }) => verdict === 'fail' && id !== 'X-1')
      t.strictSame(
        fails.map(({ id, message }) => [id, message]),
        []
      )
      t.equal(exitCode, 0)
    })
  }
}

test('the workflow calls ours, at the repository and commit that the manifest names, or is not there', async (t) => {
  const path = '.github/workflows/container.yml'
  const workflow = newProject({ ...defaults, registry }, origin).get(path)?.text
  t.match(workflow, `uses: my-org/dockerflow/.github/workflows/_container.yml@${'a'.repeat(40)}`)
  t.notMatch(workflow, 'In place of')
  t.notOk(newProject({ ...defaults, registry }, undefined).has(path))
  t.notOk(newProject(defaults, origin).has(path))

  const manifest = {
    version: '1.0.0',
    repository: { url: 'git+https://github.com/my-org/dockerflow.git' },
    gitHead: 'a'.repeat(40)
  }
  t.strictSame(readOrigin(manifest), origin)
  for (const without of [
    { gitHead: 'main' },
    { gitHead: undefined },
    { repository: undefined },
    { repository: { url: 'git+https://git.example.com/a/b.git' } }
  ])
    t.equal(readOrigin({ ...manifest, ...without } as typeof manifest), undefined)
  t.equal(readOrigin(), undefined, 'of the sources')
})

test('the script that sets Google up prints each command, and runs none with --dry-run', async (t) => {
  const project = join(t.testdir(), 'shop')
  writeAll(project, newProject({ ...defaults, registry }, origin))
  const env = { GITHUB_REPO: 'my-org/shop', PATH: '/usr/bin:/bin' }
  const out = await run('scripts/setup-gcp.sh', ['--dry-run'], project, env)
  for (const line of out.trim().split('\n')) t.match(line, /^\+ (?:gcloud|gh) /)
  t.match(out, 'gcloud artifacts repositories create containers --project=my-project --location=europe-west1')
  t.match(out, String.raw`startsWith\(\'my-org/dockerflow/.github/workflows/_container.yml@\'\)`)
  t.match(
    out,
    'gh variable set GAR_IMAGE --repo my-org/shop --body europe-west1-docker.pkg.dev/my-project/containers/shop'
  )
  await t.rejects(
    run('scripts/setup-gcp.sh', ['--dry-run'], project, { ...env, GITHUB_REPO: '' }),
    /set GITHUB_REPO=owner\/name/
  )
  await t.rejects(run('scripts/setup-gcp.sh', ['--wet-run'], project, env), /there is no option --wet-run/)
  await run('git', ['init', '--quiet'], project)
  await run('git', ['remote', 'add', 'origin', 'git@github.com:my-org/tea.git'], project)
  t.match(
    await run('scripts/setup-gcp.sh', ['--dry-run'], project, { ...env, GITHUB_REPO: '' }),
    '--repo my-org/tea'
  )
})

test('the Dockerfile is one for all package managers: a build that may be missing is asked of npm', async (t) => {
  const dockerfile = (manager: Answers['manager']) =>
    newProject({ ...defaults, manager, managerVersion: '12.0.0' }, origin).get('Dockerfile')?.text
  t.match(dockerfile('npm'), 'RUN npm run build --if-present ')
  for (const manager of ['pnpm', 'yarn'] as const) t.equal(dockerfile(manager), dockerfile('npm'))
})
