import { UserError } from './errors.ts'

export const databases = ['sqlite', 'postgres', 'mysql', 'none'] as const
export const languages = ['typescript', 'javascript'] as const
export const managers = ['npm', 'pnpm', 'yarn'] as const

export type Database = (typeof databases)[number]
export type Language = (typeof languages)[number]
export type Manager = (typeof managers)[number]

/** A repository of images in Artifact Registry. */
export interface Registry {
  region: string
  project: string
  repository: string
}

/** What was asked, or given as flags. */
export interface Answers {
  /** The name that package.json has. */
  name: string
  language: Language
  manager: Manager
  /** The version that the project pins of pnpm or yarn. */
  managerVersion: string | undefined
  database: Database
  redis: boolean
  /** Which of its dependencies the service works without: their loss is a warning. */
  warn: ReadonlySet<string>
  registry: Registry | undefined
  kubernetes: boolean
}

const scoped = /^(?:@[a-z0-9~][a-z0-9._~-]*\/)?[a-z0-9~-][a-z0-9._~-]*$/

/** What npm refuses about a package's name, in a few words; undefined where it takes the name. */
export function nameFault(name: string): string | undefined {
  if (name === '') return 'a name has at least one character'
  if (name.length > 214) return 'a name has at most 214 characters'
  if (/[A-Z]/.test(name)) return 'a name has no capital letters'
  if (!scoped.test(name)) return 'a name has letters, digits, - . _ and ~, and begins with a letter or digit'
  if (['node_modules', 'favicon.ico'].includes(name)) return 'npm keeps this name to itself'
  return undefined
}

/** A name that npm takes, like this one. */
export function suggestName(name: string): string {
  const suggestion = name
    .toLowerCase()
    .replace(/[^a-z0-9._~-]+/g, '-')
    .replace(/^[._-]+|-+$/g, '')
    .slice(0, 214)
  return suggestion && nameFault(suggestion) === undefined ? suggestion : 'my-service'
}

/** The name without a scope, as a label that DNS takes: of containers, and what logs. */
export function shortName(name: string): string {
  const label = name
    .replace(/^@[^/]*\//, '')
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, '-')
    .replace(/^[-0-9]+|-+$/g, '')
    .slice(0, 50)
    .replace(/-+$/, '')
  return label || 'service'
}

/**
 * Reads `europe-west1-docker.pkg.dev/my-project/containers`, or `none`.
 * @throws {UserError} of a value that is neither
 */
export function parseRegistry(value: string): Registry | undefined {
  if (value === '' || value === 'none') return undefined
  const [, region = '', project = '', repository = ''] =
    /^([a-z]+(?:-[a-z]+\d)?)-docker\.pkg\.dev\/([a-z][a-z0-9:.-]*)\/([a-z][a-z0-9-]*)$/.exec(value) ?? []
  if (region) return { region, project, repository }
  throw new UserError(
    `--registry is none, or a repository of images such as europe-west1-docker.pkg.dev/my-project/containers, not ${JSON.stringify(value)}`,
    2
  )
}
