// What packing adds to a manifest, read by pnpm where `pnpm_config_pnpmfile` names this file. A package's own
// package.json says only what differs from package to package; where the source is, is known when it is published.
import { execFileSync } from 'node:child_process'
import { globSync } from 'node:fs'
import { relative } from 'node:path'
import { fileURLToPath } from 'node:url'

const root = fileURLToPath(new URL('..', import.meta.url))

/** The address and commit of this repository, as CI or git has them: what /__version__ says. */
function origin() {
  const command = 'plugins/version/bin/dockerflow-version.js'
  const version = JSON.parse(execFileSync(process.execPath, [command], { cwd: root, encoding: 'utf8' }))
  if (!version.source) {
    throw new Error('no source is known: set GITHUB_SERVER_URL and GITHUB_REPOSITORY, or add a git remote')
  }
  return version
}

/** @typedef {Record<string, unknown> & { exports?: Record<string, null | string | { types: string, default: string }> }} Manifest */

/**
 * `main`, `types` and `typesVersions`: what `exports` says, for those who don't read it, such as TypeScript with
 * `moduleResolution: node10`, the default of `module: CommonJS`.
 *
 * @param {Record<string, null | string | { types: string, default: string }>} exports those of a manifest
 * @param {string} folder
 */
function forOldResolvers(exports, folder) {
  const entry = exports['.']
  if (!entry || typeof entry === 'string') return {}
  const modules = Object.entries(exports).flatMap(([subpath, target]) => {
    if (subpath === '.' || target === null || typeof target === 'string') return []
    const name = subpath.slice('./'.length)
    if (!name.includes('*')) return [[name, [target.types]]]
    const [before = '', after = ''] = target.types.split('*')
    return globSync(target.types, { cwd: folder })
      .map((file) => `./${file}`.slice(before.length, -after.length))
      .filter((part) => part !== 'index' && !(`./${name.replace('*', part)}` in exports))
      .sort()
      .map((part) => [name.replace('*', part), [`${before}${part}${after}`]])
  })
  return {
    main: entry.default,
    types: entry.types,
    ...(modules.length > 0 && { typesVersions: { '*': Object.fromEntries(modules) } })
  }
}

export const hooks = {
  /**
   * @param {Manifest} manifest
   * @param {string} folder
   */
  beforePacking({ scripts, devDependencies, tap, ...manifest }, folder) {
    const { source: address, commit } = origin()
    const directory = relative(root, folder)
    return {
      ...manifest,
      ...forOldResolvers(manifest.exports ?? {}, folder),
      homepage: `${address}/tree/HEAD/${directory}#readme`,
      bugs: `${address}/issues`,
      // npm compares this with where the provenance says that it was built.
      repository: { type: 'git', url: `git+${address}.git`, directory },
      // What `npm create dockerflow` pins a service's workflow to.
      ...(commit && { gitHead: commit })
    }
  }
}
