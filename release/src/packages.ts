import { globSync, readFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { parse } from 'yaml'

/** The folder of the repository. */
export const root = fileURLToPath(new URL('../..', import.meta.url))

/** What is read of a package.json. */
export interface Manifest {
  name: string
  version: string
  private?: boolean
  description?: string
  keywords?: string[]
  license?: string
  type?: string
  exports?: Record<string, null | string | { types: string; default: string }>
  files?: string[]
  bin?: Record<string, string>
  scripts?: Record<string, string>
  dependencies?: Record<string, string>
  peerDependencies?: Record<string, string>
  peerDependenciesMeta?: Record<string, { optional?: boolean }>
  devDependencies?: Record<string, string>
  engines?: Record<string, string>
  homepage?: string
  bugs?: string
  repository?: { type: string; url: string; directory: string }
}

/** A package of this repository that is published. */
export interface PublicPackage {
  /** The name of its folder in packages/ or plugins/. */
  folder: string
  /** The path of its folder. */
  path: string
  manifest: Manifest
}

export const readManifest = (path: string): Manifest => JSON.parse(readFileSync(path, 'utf8'))

/** The packages that are published: all in packages/ and plugins/ that are not private. */
export function publicPackages(): PublicPackage[] {
  return globSync('{packages,plugins}/*/package.json', { cwd: root })
    .sort()
    .map((file) => {
      const path = dirname(join(root, file))
      return { folder: path.slice(path.lastIndexOf('/') + 1), path, manifest: readManifest(join(root, file)) }
    })
    .filter(({ manifest }) => !manifest.private)
}

/** A dependency and the range that this repository uses of it, the catalog's; undefined where it has none. */
export function catalogRange(name: string): [[name: string, range: string]] | undefined {
  const { catalog } = parse(readFileSync(join(root, 'pnpm-workspace.yaml'), 'utf8'))
  return typeof catalog[name] === 'string' ? [[name, catalog[name]]] : undefined
}
