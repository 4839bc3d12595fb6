import { once } from 'node:events'
import { readFile, writeFile } from 'node:fs/promises'
import type { RequestListener, Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import { runServer } from 'verdaccio'
import { environment, run } from './programs.ts'

/** The names that the registry has, and nobody else, as verdaccio writes patterns. */
const ours = ['@dockerflow/*', '@acme/*', 'dockerflow', 'create-dockerflow']
const isOurs = /^\/(?:@(?:dockerflow|acme)(?:\/|%2f)|(?:create-)?dockerflow(?:[/?]|$)|-\/)/i

export interface Registry {
  /** The environment in which npm and pnpm publish to it and install from it. */
  env: NodeJS.ProcessEnv
  /** Its address, for those who read neither .npmrc nor the environment. */
  url: string
  close(): void
}

/**
 * An npm registry on a free port of the loopback interface, with its data in `folder`. It holds the packages of
 * this project alone; for all others it sends the client on to the registry that npm is configured with.
 */
export async function startRegistry(folder: string): Promise<Registry> {
  const access = { access: '$all', publish: '$authenticated' }
  const server: Server = await runServer({
    self_path: join(folder, 'config.yaml'),
    storage: join(folder, 'storage'),
    auth: { htpasswd: { file: join(folder, 'htpasswd'), max_users: 1 } },
    uplinks: {},
    // A token that names its user by itself: else each request has the password hashed, which takes 0.1 s.
    security: { api: { jwt: { sign: { expiresIn: '1d' } } } },
    packages: Object.fromEntries(ours.map((name) => [name, access])),
    log: { type: 'file', path: join(folder, 'registry.log'), format: 'json', level: 'warn' },
    web: { enable: false }
  } as unknown as string)
  // A scope has a registry of its own in .npmrc; an unscoped name, such as dockerflow, can't.
  const others = (await run('npm', ['config', 'get', 'registry'], { cwd: folder })).trim().replace(/\/$/, '')
  const [verdaccio] = server.listeners('request') as RequestListener[]
  server.removeAllListeners('request').on('request', (request, response) => {
    if (isOurs.test(request.url ?? '')) verdaccio?.(request, response)
    else response.writeHead(307, { location: others + request.url }).end()
  })
  await once(server.listen(0, '127.0.0.1'), 'listening')
  const { port } = server.address() as AddressInfo
  const url = `http://127.0.0.1:${port}/`

  const response = await fetch(`${url}-/user/org.couchdb.user:release`, {
    method: 'PUT',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ name: 'release', password: 'only on this machine' })
  })
  const { token } = (await response.json()) as { token?: string }
  if (!token) throw new Error(`the registry gave no token: ${response.status}`)

  // What the machine's user configured stays: the registry of all other packages may be in it.
  const configured = (await run('npm', ['config', 'get', 'userconfig'], { cwd: folder })).trim()
  const npmrc = join(folder, 'npmrc')
  await writeFile(
    npmrc,
    [
      await readFile(configured, 'utf8').catch(() => ''),
      `registry=${url}`,
      `//127.0.0.1:${port}/:_authToken=${token}`,
      ''
    ].join('\n')
  )
  return {
    url,
    env: {
      ...environment,
      NPM_CONFIG_USERCONFIG: npmrc,
      npm_config_registry: url,
      npm_config_update_notifier: 'false',
      npm_config_fund: 'false',
      npm_config_audit: 'false',
      // What was published a moment ago is neither cached nor too new.
      npm_config_prefer_online: 'true',
      pnpm_config_userconfig: npmrc,
      pnpm_config_minimum_release_age: '0'
    },
    close() {
      server.closeAllConnections()
      server.close()
    }
  }
}
