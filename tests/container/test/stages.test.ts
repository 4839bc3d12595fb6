import { randomUUID } from 'node:crypto'
import { after, bailout, before, test } from 'tap'
import { build, docker, requireEngine } from '../src/engine.ts'

const image = `dockerflow-test-stages:${randomUUID()}`

before(async () => {
  await requireEngine().catch((err) => bailout(err.message))
})
after(() => docker('image', 'rm', '--force', image))

// Building and Testing 2. The command of the image runs the tests of all packages; here one is enough, and one that fails.
test('the stage test runs the tests where the code is built', async (t) => {
  await build(image, {}, 'test')
  const run = (script: string) => docker('run', '--rm', image, 'sh', '-c', script)
  const tests = 'pnpm --filter @dockerflow/lbheartbeat run test --allow-incomplete-coverage'
  const { stdout } = await run(tests)
  // Programs such as haproxy are not in the image: their tests are skipped.
  t.match(stdout, /^# \{ total: \d+, pass: \d+(?:, skip: \d+)? \}$/m, 'all pass')
  const error = await run(`rm plugins/lbheartbeat/src/index.ts && ${tests}`).catch((err) => err)
  t.equal(error.code, 1)
  t.match(
    error.stdout,
    /^not ok \d+ - test\/lbheartbeat\.test\.ts/m,
    'names what fails, and exits with an error'
  )
})
