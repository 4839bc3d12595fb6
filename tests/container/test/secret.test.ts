import { execFile, execFileSync, spawn } from 'node:child_process'
import { randomUUID } from 'node:crypto'
import { once } from 'node:events'
import { appendFileSync, readFileSync, writeFileSync } from 'node:fs'
import type { Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { promisify } from 'node:util'
import { type Test, test } from 'tap'
import { runServer } from 'verdaccio'
import { clone } from '../src/clone.ts'
import { docker, requireEngine } from '../src/engine.ts'

/** A registry on loopback that has every package, and demands a token for each. */
async function startRegistry(t: Test, folder: string): Promise<{ url: string; token: string }> {
  const access = { access: '$authenticated', publish: '$authenticated' }
  const server: Server = await runServer({
    self_path: join(folder, 'config.yaml'),
    storage: join(folder, 'storage'),
    auth: { htpasswd: { file: join(folder, 'htpasswd'), max_users: 1 } },
    uplinks: {
      public: { url: execFileSync('npm', ['config', 'get', 'registry'], { encoding: 'utf8' }).trim() }
    },
    packages: { '@private/*': access, '**': { ...access, proxy: 'public' } },
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

/** Which of the strings are in what the image is made of: all of its layers, and its configuration with its history. */
async function found(image: string, ...strings: string[]): Promise<string[]> {
  const save = spawn('docker', ['save', image], { stdio: ['ignore', 'pipe', 'inherit'] })
  const patterns = strings.map((text) => `--regexp=${text}`)
  const options = ['--text', '--only-matching', '--no-filename', '--fixed-strings']
  const grep = spawn('grep', [...options, ...patterns], { stdio: [save.stdout, 'pipe', 'inherit'] })
  const lines = new Set<string>()
  for await (const line of createInterface(grep.stdout)) lines.add(line)
  return [...lines]
}

test('a secret authenticates to a private registry, and is in no layer of any stage', async (t) => {
  await requireEngine()
  // No cache has it.
  const name = `@private/${randomUUID()}`
  const folder = t.testdir({
    context: {},
    registry: {},
    package: {
      'package.json': JSON.stringify({ name, version: '1.0.0', license: 'MPL-2.0' }),
      'index.js': "module.exports = 'hello'\n"
    }
  })
  const { url, token } = await startRegistry(t, join(folder, 'registry'))
  /** Names the registry for what is in `scope`, and says who asks only to members. */
  const npmrc = (name: string, scope: string, secret = '') => {
    const path = join(folder, name)
    writeFileSync(path, `${scope}registry=${url}\n${secret}`)
    return path
  }
  const secret = `${url.replace('http:', '')}:_authToken=${token}\n`
  const member = npmrc('member', '@private:', secret)

  const context = join(folder, 'context')
  clone(context)
  const run = (command: string, cwd: string, ...args: string[]) =>
    promisify(execFile)(command, args, {
      cwd,
      env: { ...process.env, NPM_CONFIG_USERCONFIG: member, pnpm_config_userconfig: member }
    })
  await run('npm', join(folder, 'package'), 'publish', '--access=restricted')
  const manifest = join(context, 'apps/demo/package.json')
  const demo = JSON.parse(readFileSync(manifest, 'utf8'))
  demo.dependencies[name] = '1.0.0'
  writeFileSync(manifest, JSON.stringify(demo))
  appendFileSync(join(context, 'pnpm-workspace.yaml'), "\nminimumReleaseAgeExclude: ['@private/*']\n")
  await run('pnpm', context, 'install', '--lockfile-only')

  const build = async (target: string, npmrc: string, ...options: string[]) => {
    const image = `dockerflow-test-secret:${target}-${randomUUID()}`
    t.teardown(() => docker('image', 'rm', '--force', image))
    const file = `--file=${join(context, 'docker/Dockerfile')}`
    const flags = [
      file,
      `--target=${target}`,
      `--tag=${image}`,
      '--network=host',
      `--secret=id=npmrc,src=${npmrc}`
    ]
    const { stdout, stderr } = await docker('build', '--progress=plain', ...flags, ...options, context)
    t.notMatch(stdout + stderr, token, 'nor does the builder print it')
    return image
  }
  const refusal = (building: Promise<string>) => building.catch((err) => err.stderr)
  t.match(await refusal(build('base', npmrc('any', ''), '--no-cache')), 'E401', 'npm needs the token')
  await build('base', npmrc('any', '', secret), '--no-cache')
  t.match(await refusal(build('deps', npmrc('stranger', '@private:'))), '401', 'pnpm needs the token')

  for (const target of ['prune', 'build', 'production']) {
    const image = await build(target, member)
    t.strictSame(await found(image, token, name), [name], target)
  }
})
