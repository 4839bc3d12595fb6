import { randomUUID } from 'node:crypto'
import { type Outcome, runStep, script } from '@dockerflow/testing/runner'
import { type Test, test } from 'tap'
import { build, docker, requireEngine } from '../src/engine.ts'

// What the reusable workflow asks of every image before it is pushed, asked of this one and of worse ones.
const requirements = script('_conformance.yml', 'conformance', "Dockerflow's requirements")
const image = `dockerflow-test:${randomUUID()}`
const commit = '0123456789abcdef0123456789abcdef01234567'

const verify = (t: Test, IMAGE: string, env: Record<string, string> = {}): Outcome => {
  return runStep(t.testdir({}), requirements, {
    IMAGE,
    COMMIT: commit,
    TEST_ENVIRONMENT: '',
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

  await t.test('this image', async (t) => {
    const { status, log } = verify(t, image, { TEST_ENVIRONMENT: 'LOG_LEVEL=debug\nDRAIN_DELAY=100' })
    t.equal(status, 0, log)
  })
  const cases: [instruction: string, finding: string][] = [
    ['USER root', 'the user of the image is not app'],
    ['ENTRYPOINT []', 'the image lacks an ENTRYPOINT or a CMD'],
    ['USER root\nRUN usermod --uid 10002 app\nUSER app', 'app is not 10001:10001'],
    ['ENV VERSION_FILE=/app/package.json', '/__version__ is not /app/version.json'],
    [
      'CMD ["node", "--eval", "process.on(\'SIGTERM\', () => process.exit(3)); import(\'/app/dist/server.js\')"]',
      'SIGTERM does not end it with code 0'
    ]
  ]
  for (const [instruction, finding] of cases) {
    await t.test(finding, async (t) => {
      const { status, log } = verify(t, await change(t, instruction))
      t.equal(status, 1)
      t.match(log, `::error::${finding}\n`)
    })
  }
  await t.test('/app/version.json of another commit', async (t) => {
    const { status, log } = verify(t, image, { COMMIT: commit.replace('0', 'f') })
    t.equal(status, 1)
    t.match(log, '::error::/app/version.json does not say what was built\n')
  })
  await t.test('/app/version.json of any commit, where none is expected', async (t) => {
    const { status, log } = verify(t, image, { COMMIT: '' })
    t.equal(status, 0, log)
  })
})
