import { execFileSync } from 'node:child_process'
import { randomUUID } from 'node:crypto'
import { once } from 'node:events'
import type { Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import type { Test } from 'tap'
import { runServer } from 'verdaccio'

/**
 * Starts an npm registry on loopback that has every public package and those published to it, and demands a token for
 * each. It ends with the test.
 * @param scopes those that only it has
 * @param readers who may read: with `$all`, only publishing takes the token
 */
export async function startNpmRegistry(
  t: Test,
  folder: string,
  scopes = ['@private'],
  readers: '$authenticated' | '$all' = '$authenticated'
): Promise<{ url: string; token: string }> {
  const access = { access: readers, publish: '$authenticated' }
  const server: Server = await runServer({
    self_path: join(folder, 'config.yaml'),
    storage: join(folder, 'storage'),
    auth: { htpasswd: { file: join(folder, 'htpasswd'), max_users: 1 } },
    uplinks: {
      public: { url: execFileSync('npm', ['config', 'get', 'registry'], { encoding: 'utf8' }).trim() }
    },
    packages: {
      ...Object.fromEntries(scopes.map((scope) => [`${scope}/*`, access])),
      '**': { ...access, proxy: 'public' }
    },
    log: { type: 'file', path: join(folder, 'registry.log'), format: 'json', level: 'warn' },
    web: { enable: false }
  } as unknown as string)
  await once(server.listen(0, '127.0.0.1'), 'listening')
  t.teardown(() => {
    server.closeAllConnections()
    server.close()
  })
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/`
  const res = await fetch(`${url}-/user/org.couchdb.user:builder`, {
    method: 'PUT',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ name: 'builder', password: randomUUID() })
  })
  const { token } = (await res.json()) as { token: string }
  return { url, token }
}
