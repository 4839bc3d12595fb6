import { randomUUID } from 'node:crypto'
import { startRegistry } from '@dockerflow/testing/docker-registry'
import { without } from '@dockerflow/testing/programs'
import { test } from 'tap'
import { Container, inspect } from '../src/container.ts'
import { build, docker, requireEngine } from '../src/engine.ts'

const skip = without('docker-registry')

// Building and Testing 4; _container.yml pushes and pulls likewise.
test('the image is pushed to a registry, pulled by its digest, and runs', { skip }, async (t) => {
  await requireEngine()
  const image = `${await startRegistry(t, t.testdir())}/demo:${randomUUID()}`
  await build(image, { VERSION: '1.2.3' })
  await docker('push', image)
  const [pushed] = (await inspect(image)).RepoDigests
  t.match(pushed, /^127\.0\.0\.1:\d+\/demo@sha256:[0-9a-f]{64}$/)
  await docker('image', 'rm', '--force', image, pushed)
  await t.rejects(inspect(pushed), 'it is gone from here')

  await docker('pull', pushed)
  t.teardown(() => docker('image', 'rm', '--force', pushed))
  const { url } = await Container.start(t, pushed)
  t.match(await (await fetch(`${url}/__version__`)).json(), { version: '1.2.3' })
})
