import { execFile } from 'node:child_process'
import { randomUUID } from 'node:crypto'
import { appendFileSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { test } from 'tap'
import { clone } from '../src/clone.ts'
import { docker, requireEngine } from '../src/engine.ts'
import { found } from '../src/layers.ts'
import { startNpmRegistry } from '../src/npm-registry.ts'

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
  const { url, token } = await startNpmRegistry(t, join(folder, 'registry'))
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
