import { readFileSync } from 'node:fs'

interface Template {
  text: string
  executable?: boolean
  /** The same without types, of TypeScript. */
  javascript?: string
}

interface Templates {
  files: Record<string, Template>
  /** What a project is pinned to: the versions that the template is tested with. */
  versions: Record<string, string>
}

/** Where the workflow is that a service's own calls, as the manifest of this package names it. */
export interface Origin {
  /** `owner/name` on GitHub. */
  repository: string
  commit: string
}

interface Manifest {
  version: string
  repository?: { url?: string }
  gitHead?: string
}

// The package's own folder, wherever the build puts this module.
const manifest = import.meta.resolve('create-dockerflow/package.json')
const read = <T>(path: string): T => JSON.parse(readFileSync(new URL(path, manifest), 'utf8'))

/** The template's files. */
export const readTemplates = (): Templates => read('dist/templates.json')

export const readManifest = (): Manifest => read('package.json')

/** Undefined where the manifest names no repository on GitHub, or no commit: packing adds both. */
export function readOrigin({ repository, gitHead }: Manifest = readManifest()): Origin | undefined {
  const name = /^git\+https:\/\/github\.com\/([\w.-]+\/[\w.-]+?)(?:\.git)?$/.exec(repository?.url ?? '')?.[1]
  return name && /^[0-9a-f]{40}$/.test(gitHead ?? '')
    ? { repository: name, commit: gitHead as string }
    : undefined
}
