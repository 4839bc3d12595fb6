import { randomUUID } from 'node:crypto'
import { startRegistry } from '@dockerflow/testing/docker-registry'
import { without } from '@dockerflow/testing/programs'
import { test } from 'tap'
import { inspect } from '../src/container.ts'
import { build, docker, requireEngine } from '../src/engine.ts'
import { backingServices, Stack } from '../src/stack.ts'

const skip = without('docker-registry')

test('compose for CI pulls one image by its digest, and runs it; nothing stays', { skip }, async (t) => {
  await requireEngine()
  const image = `${await startRegistry(t, t.testdir())}/demo`
  const tag = `${image}:${randomUUID()}`
  await build(tag, { VERSION: '1.2.3' })
  await docker('push', tag)
  const [pushed] = (await inspect(tag)).RepoDigests
  await docker('image', 'rm', '--force', tag, pushed)
  t.teardown(() => docker('image', 'rm', '--force', pushed))

  const env = {
    ...(await backingServices(t)),
    DOCKER_IMAGE: image,
    DOCKER_DIGEST: pushed.split('@')[1]
  }
  const stack = new Stack(t, env, ['compose', 'compose.ci'])
  await stack.up()
  t.equal((await stack.inspect('app')).Config.Image, pushed)
  t.strictSame(await stack.heartbeat(), { status: 200, checks: { postgres: 'ok', redis: 'ok' } })
  t.match(await (await stack.get('/__version__')).json(), { version: '1.2.3' })
  t.strictSame(await stack.volumes(), [])
})
