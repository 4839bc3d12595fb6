import { execFile } from 'node:child_process'
import { existsSync } from 'node:fs'
import { cp, mkdir, readdir, rm, symlink, writeFile } from 'node:fs/promises'
import { createRequire, registerHooks } from 'node:module'
import { dirname, join } from 'node:path'
import { promisify } from 'node:util'
import { cached } from './cached.ts'
import { without } from './programs.ts'

const run = promisify(execFile)

/** Why add-ons can't be compiled here, for the `skip` of a test. */
export const withoutCompiler = (): string | false => without('g++', 'make', 'python3')

/**
 * Node's headers for this Node: those that came with it, else those of npm's package of the same Node, since the one
 * that the workspace is pinned to brings none.
 */
async function headers(): Promise<string> {
  const own = dirname(dirname(process.execPath))
  if (existsSync(join(own, 'include/node/node.h'))) return own
  return cached(`node-${process.version}`, async (partial) => {
    const name = `node-${process.platform}-${process.arch}@${process.version.slice(1)}`
    // npm waits 5 minutes for a registry that hangs, which is longer than the test may take.
    const patience = ['--fetch-timeout=40000', '--fetch-retries=1', '--fetch-retry-mintimeout=1000']
    await run('npm', ['pack', '--silent', ...patience, name], { cwd: partial })
    const [archive = ''] = await readdir(partial)
    await run('tar', ['-xzf', archive, '--strip-components=1', 'package/include'], { cwd: partial })
    await rm(join(partial, archive))
  })
}

/**
 * Compiles the add-on of an npm package as npm does where its script is allowed, which the workspace does not, apart
 * from the workspace's own copy. From then on this process has it.
 *
 * @param of A file that requires the package, by which it is found.
 */
export async function buildAddOn(name: string, of: string): Promise<void> {
  const require = createRequire(of)
  const manifest = require.resolve(`${name}/package.json`)
  const { version } = require(manifest)
  const folder = await cached(`${name}-${version}-${process.version}-${process.arch}`, async (partial) => {
    const modules = join(partial, 'node_modules')
    const others = dirname(dirname(manifest))
    await mkdir(modules)
    await cp(dirname(manifest), join(modules, name), { recursive: true })
    for (const other of await readdir(others)) {
      if (other !== name) await symlink(join(others, other), join(modules, other))
    }
    await writeFile(
      join(partial, 'package.json'),
      JSON.stringify({ dependencies: { [name]: version }, allowScripts: { [name]: true } })
    )
    const env = { ...process.env, npm_config_nodedir: await headers() }
    await run('npm', ['rebuild', name, '--foreground-scripts'], { cwd: partial, env })
  })
  const built = createRequire(join(folder, 'package.json')).resolve(name)
  registerHooks({
    resolve: (specifier, context, next) => next(specifier === name ? built : specifier, context)
  })
}
