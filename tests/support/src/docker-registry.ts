import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import type { Test } from 'tap'
import { guarded } from './guard.ts'
import { freePort } from './programs.ts'

/**
 * Starts a real registry on loopback, with its data below `folder`; resolves with its host and port. It ends with the
 * test.
 * @param htpasswd who may use it, as lines of such a file; by default anybody
 */
export async function startRegistry(t: Test, folder: string, htpasswd?: string): Promise<string> {
  const host = `127.0.0.1:${await freePort()}`
  const config = {
    version: 0.1,
    storage: { filesystem: { rootdirectory: join(folder, 'data') } },
    http: { addr: host },
    ...(htpasswd && { auth: { htpasswd: { realm: 'registry', path: join(folder, 'htpasswd') } } })
  }
  mkdirSync(folder, { recursive: true })
  if (htpasswd) writeFileSync(join(folder, 'htpasswd'), htpasswd)
  // JSON is YAML too.
  writeFileSync(join(folder, 'registry.yml'), JSON.stringify(config))
  const registry = guarded(
    spawn('docker-registry', ['serve', join(folder, 'registry.yml')], { stdio: 'ignore' })
  )
  t.teardown(async () => {
    registry.kill()
    if (registry.exitCode === null) await once(registry, 'exit')
  })
  for (const end = Date.now() + 30_000; Date.now() < end; await sleep(50)) {
    if (await fetch(`http://${host}/v2/`).catch(() => null)) return host
  }
  throw new Error('the registry does not answer')
}
