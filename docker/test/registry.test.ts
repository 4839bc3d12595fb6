import { spawn } from 'node:child_process'
import { randomUUID } from 'node:crypto'
import { once } from 'node:events'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { freePort, without } from '@dockerflow/testing/programs'
import { test } from 'tap'
import { Container, inspect } from '../src/container.ts'
import { build, docker, requireEngine } from '../src/engine.ts'

const skip = without('docker-registry', 'docker-registry')

// Building and Testing 4; _container.yml pushes and pulls likewise.
test('the image is pushed to a registry, pulled by its digest, and runs', { skip }, async (t) => {
  await requireEngine()
  const host = `127.0.0.1:${await freePort()}`
  const image = `${host}/demo:${randomUUID()}`
  const folder = t.testdir()
  const config = { version: 0.1, storage: { filesystem: { rootdirectory: folder } }, http: { addr: host } }
  const path = join(folder, 'registry.yml')
  writeFileSync(path, JSON.stringify(config)) // JSON is YAML too
  const registry = spawn('docker-registry', ['serve', path], { stdio: 'ignore' })
  t.teardown(async () => {
    registry.kill()
    if (registry.exitCode === null) await once(registry, 'exit')
  })
  for (const end = Date.now() + 30_000; Date.now() < end; await sleep(50)) {
    if ((await fetch(`http://${host}/v2/`).catch(() => null))?.ok) break
  }

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
