import { readFileSync, statSync } from 'node:fs'
import { anObject, checkOptions, rule, text } from '@dockerflow/kit/options'
import { DOCKERFLOW_OTEL_INVALID_OPTION, DOCKERFLOW_OTEL_INVALID_VERSION_FILE } from './errors.ts'

export interface ResourceAttributesOptions {
  /**
   * Path of the version file.
   * @default '/app/version.json'
   */
  path?: string | undefined
  /**
   * `service.name`. The SDK prefers `$OTEL_SERVICE_NAME` to it.
   * @default the last part of the repository's URL
   */
  name?: string | undefined
}

/** https://opentelemetry.io/docs/specs/semconv/registry/attributes/vcs/ and …/service/ */
export interface ResourceAttributes {
  'service.name'?: string
  'service.version'?: string
  /** The commit. */
  'vcs.ref.head.revision'?: string
  /** The repository's page, without credentials and `.git`. */
  'vcs.repository.url.full'?: string
}

const rules = { path: rule('the path of a file', text.accepts), name: text }

/** Dockerflow's version file is small; a device or a pipe would never end. */
const maxSize = 65_536
const members = ['source', 'version', 'commit'] as const

type VersionFile = Partial<Record<(typeof members)[number], string>>

function readVersionFile(path: string): VersionFile {
  const bad = (fault: string, cause?: unknown) =>
    Object.assign(new DOCKERFLOW_OTEL_INVALID_VERSION_FILE(path, fault), cause ? { cause } : {})
  let json: string
  try {
    const stats = statSync(path)
    if (!stats.isFile() || stats.size > maxSize)
      throw bad(`must be a regular file of at most ${maxSize} bytes`)
    json = readFileSync(path, 'utf8')
  } catch (err) {
    const { code } = err as NodeJS.ErrnoException
    // In development there is none.
    if (code === 'ENOENT') return {}
    throw err instanceof DOCKERFLOW_OTEL_INVALID_VERSION_FILE ? err : bad(`can't be read: ${code}`, err)
  }
  let file: unknown
  try {
    file = JSON.parse(json)
  } catch (err) {
    throw bad('must be JSON', err)
  }
  if (!anObject.accepts(file)) throw bad('must be a JSON object')
  for (const name of members) {
    const { [name]: value = '' } = file as Record<string, unknown>
    if (typeof value !== 'string') throw bad(`must have a string as "${name}"`)
  }
  return file as VersionFile
}

/** The page of a repository, of any URL that git takes; undefined where there is none. */
function pageOf(source: string): URL | undefined {
  const scp = /^(?:[^@/]+@)?([^:/]+):(?!\/)(.+)$/.exec(source)
  const url = URL.parse(scp ? `https://${scp[1]}/${scp[2]}` : source.replace(/^(?:ssh|git):/, 'https:'))
  if (url === null || !/^https?:$/.test(url.protocol)) return undefined
  const page = new URL(url.pathname.replace(/\/+$/, '').replace(/\.git$/, ''), url.origin)
  // The port of ssh is not that of the page.
  if (scp || !/^https?:/.test(source)) page.port = ''
  return page
}

/**
 * What OpenTelemetry's resource says of the service, from Dockerflow's version file. Blank members are left out; where
 * there is no such file, only `name` is known.
 *
 * @throws DOCKERFLOW_OTEL_INVALID_OPTION, DOCKERFLOW_OTEL_INVALID_VERSION_FILE
 */
export function resourceAttributes(opts: ResourceAttributesOptions = {}): ResourceAttributes {
  checkOptions(opts, rules, DOCKERFLOW_OTEL_INVALID_OPTION)
  const { source = '', version, commit } = readVersionFile(opts.path ?? '/app/version.json')
  const page = pageOf(source)
  const name = opts.name ?? page?.pathname.split('/').at(-1)
  return {
    ...(name && { 'service.name': name }),
    ...(version && { 'service.version': version }),
    ...(commit && { 'vcs.ref.head.revision': commit }),
    ...(page && { 'vcs.repository.url.full': page.href })
  }
}
