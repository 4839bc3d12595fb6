import { randomUUID } from 'node:crypto'
import { cpSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { root } from '@dockerflow/testing/root'
import { test } from 'tap'
import { build, docker, requireEngine } from '../src/engine.ts'
import { backingServices, Stack, until } from '../src/stack.ts'

test('compose for development compiles a source that changed, and starts it again', async (t) => {
  await requireEngine()
  const image = `dockerflow-test-${randomUUID()}`
  await build(`${image}:dev`, {}, 'development')
  t.teardown(() => docker('image', 'rm', '--force', `${image}:dev`))

  // Somebody else's working copy, as far as it is mounted.
  const copy = t.testdir()
  for (const path of ['docker/compose.yaml', 'docker/compose.dev.yaml', 'apps/demo/src'])
    cpSync(join(root, path), join(copy, path), { recursive: true })
  const env = {
    ...(await backingServices(t)),
    DOCKER_IMAGE: image,
    HOST_UID: '1234',
    HOST_GID: '567'
  }
  const stack = new Stack(t, env, ['compose', 'compose.dev'], join(copy, 'docker'))
  await stack.up()
  t.equal(await stack.compose('exec', '-T', 'app', 'id', '-u'), '1234')
  t.strictSame(await stack.heartbeat(), { status: 200, checks: { postgres: 'ok', redis: 'ok' } })

  const header = async () => (await stack.get('/status').catch(() => undefined))?.headers.get('cache-control')
  t.equal(await header(), 'no-store')
  t.notMatch(await stack.compose('logs', 'app'), /Restarting/, 'what was healthy is not started again')
  const path = join(copy, 'apps/demo/src/app.ts')
  const source = readFileSync(path, 'utf8')
  writeFileSync(path, source.replace("'no-store'", "'no-store, no-transform'"))
  t.equal(
    await until(header, (value) => value !== 'no-store' && value !== undefined),
    'no-store, no-transform'
  )
  t.match(await stack.compose('logs', 'app'), /Restarting/)

  await stack.compose('stop', 'app')
  t.match((await stack.inspect('app')).State, { Status: 'exited', ExitCode: 0 })
})
