import { isUtf8 } from 'node:buffer'

/** The members that Dockerflow gives a meaning to, in the order in which they are written. */
export const members = ['source', 'version', 'commit', 'build'] as const

export type Member = (typeof members)[number]

/**
 * Dockerflow's version object. Members beyond these four are allowed.
 * @see https://github.com/mozilla-services/Dockerflow/blob/main/docs/version_object.md
 */
export interface VersionObject {
  /** URL of the repository that the service was built from. */
  readonly source?: string
  /** What the release is called, such as a tag. May be blank. */
  readonly version?: string
  /** Hash of the commit that the service was built from. */
  readonly commit?: string
  /** URL of the CI job that built it. */
  readonly build?: string
  readonly [member: string]: unknown
}

const expected = 'expected a JSON object with strings as source, version, commit and build'

/** The version object in `bytes`, frozen all through; or, in words, what is wrong with them. */
export function parseVersion(bytes: Buffer): { object: VersionObject } | { fault: string } {
  if (!isUtf8(bytes)) return { fault: `is not UTF-8: ${expected}` }
  const text = bytes.toString()
  if (text.trim() === '') return { fault: `is empty: ${expected}` }
  let value: unknown
  try {
    value = JSON.parse(text, (_key, member) => Object.freeze(member))
  } catch {
    // The parser's own message quotes what it read, which is no version file and may be a secret.
    return { fault: `is not JSON: ${expected}` }
  }
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    return { fault: `is not a JSON object: ${expected}` }
  }
  const object = value as VersionObject
  const wrong = members.filter((name) => Object.hasOwn(object, name) && typeof object[name] !== 'string')
  if (wrong.length > 0) return { fault: `has no string as ${wrong.join(', ')}: ${expected}` }
  return { object }
}
