import { randomUUID } from 'node:crypto'
import { join } from 'node:path'
import { type Outcome, runStep, script } from '@dockerflow/testing/runner'
import { type Test, test } from 'tap'
import { build, docker, requireEngine } from '../src/engine.ts'
import { npx } from '../src/npx.ts'

// What the reusable workflow asks of every image before it is pushed, asked of this one and of worse ones.
const requirements = script('_conformance.yml', 'conformance', "Dockerflow's requirements")
const ofCommit = script('_conformance.yml', 'conformance', 'The commit')
const image = `dockerflow-test:${randomUUID()}`
const commit = '0123456789abcdef0123456789abcdef01234567'

const verify = (t: Test, IMAGE: string, env: Record<string, string> = {}, source = requirements): Outcome => {
  const folder = t.testdir({})
  return runStep(folder, source, {
    PATH: npx(join(folder, 'bin')),
    IMAGE,
    COMMIT: commit,
    TEST_ENVIRONMENT: '',
    PROFILE: 'spec',
    VERSION: 'latest',
    GITHUB_STEP_SUMMARY: join(folder, 'summary'),
    ...env
  })
}

/** The image with one instruction more; it is removed when the test ends. */
async function change(t: Test, instruction: string): Promise<string> {
  const name = `dockerflow-test:${randomUUID()}`
  const context = t.testdir({ Dockerfile: `FROM ${image}\n${instruction}\n` })
  await docker('build', `--tag=${name}`, context)
  t.teardown(() => docker('image', 'rm', '--force', name))
  return name
}

test('the reusable workflow takes this image, and none that breaks the specification', async (t) => {
  await requireEngine()
  await build(image, {
    SOURCE: 'https://git.example.org/demo',
    VERSION: '1.2.3',
    COMMIT: commit,
    BUILD: 'https://ci.example.org/jobs/7'
  })
  t.teardown(() => docker('image', 'rm', '--force', image))

  await t.test('this image, also by what the specification only recommends', async (t) => {
    const { status, log } = verify(t, image, {
      TEST_ENVIRONMENT: '# of the container\nLOG_LEVEL=debug\nDRAIN_DELAY=100',
      PROFILE: 'strict'
    })
    t.equal(status, 0, log)
    t.notMatch(log, '::error ')
  })
  const first = (code: string) =>
    `CMD ["node", "--eval", ${JSON.stringify(`${code}; import('/app/dist/server.js')`)}]`
  const cases: [instruction: string, finding: string][] = [
    ['USER root', 'IMG-5'],
    ['ENTRYPOINT []', 'IMG-4'],
    ['USER root\nRUN usermod --uid 10002 app\nUSER app', 'IMG-3'],
    ['ENV VERSION_FILE=/app/package.json', 'APP-4'],
    [first("process.on('SIGTERM', () => process.exit(3))"), 'X-3'],
    [first('process.env.PORT = 9000'), 'APP-2'],
    [first("process.env.HOST = '127.0.0.1'"), 'APP-2b']
  ]
  for (const [instruction, id] of cases) {
    await t.test(`none that breaks ${id}`, async (t) => {
      const { status, log } = verify(t, await change(t, instruction))
      t.equal(status, 1)
      t.match(log, new RegExp(`^::(?:error|notice) title=Dockerflow ${id}::`, 'm'))
    })
  }
  await t.test('/app/version.json of this commit', async (t) => {
    t.match(verify(t, image, {}, ofCommit), { status: 0 })
  })
  await t.test('/app/version.json of another commit', async (t) => {
    const { status, log } = verify(t, image, { COMMIT: commit.replace('0', 'f') }, ofCommit)
    t.equal(status, 1)
    t.match(log, '::error::/app/version.json is not of the commit f')
  })
})
