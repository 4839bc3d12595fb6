import { isResolved } from '../../dockerfile/expand.ts'

/** What is wrong with a text as a version object, by rule. */
export interface VersionFaults {
  /** Why it is no version object at all; the rest is blank then. */
  broken: string | undefined
  /** APP-3a: keys and types. */
  shape: string[]
  /** APP-3b: what nobody filled in. */
  placeholders: string[]
  /** Members that are filled in when the image is built, as far as a Dockerfile shows. */
  open: string[]
  object: Record<string, unknown>
}

const KEYS = ['source', 'version', 'commit', 'build'] as const

const PLACEHOLDER =
  /^(?:tbd|tba|todo|fixme|stub|head|dev|devel|development|local|unknown|none|null|nil|undefined|n\/?a|placeholder|change-?me|replace-?me|dummy|fake|example|test|x{3,}|0{7,}|\?+|-+|\.{3}|release tag or string for humans|uri to ci build job|git hash)$/i

// What a template leaves: `${SHA}`, `$CIRCLE_TAG`, `{{ sha }}`, `<git hash>`, `%(sha)s`, `@SHA@`.
const TEMPLATE = /\$\{?[A-Za-z_(]|\{\{|^<[^<>]*>$|%\(\w+\)|^@\w+@$|\bXXX+\b/

const text = (value: unknown) => (value === null ? 'null' : JSON.stringify(value))

function isWebUrl(value: string): boolean {
  const url = URL.parse(value)
  return url !== null && /^https?:$/.test(url.protocol) && url.hostname !== ''
}

/** Judges the text of a version file, or the body of `/__version__`. */
export function judgeVersion(source: string): VersionFaults {
  const faults: VersionFaults = { broken: undefined, shape: [], placeholders: [], open: [], object: {} }
  let value: unknown
  try {
    value = JSON.parse(source.replace(/^\uFEFF/, ''))
  } catch {
    return { ...faults, broken: source.trim() === '' ? 'is empty' : 'is not JSON' }
  }
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    return { ...faults, broken: 'is not a JSON object' }
  }
  const object = value as Record<string, unknown>
  for (const key of KEYS) {
    const member = object[key]
    if (!Object.hasOwn(object, key)) {
      faults.shape.push(`${key} is missing`)
      continue
    }
    if (typeof member === 'string' && !isResolved(member)) {
      faults.open.push(key)
      continue
    }
    if (member === null || (typeof member === 'string' && isPlaceholder(key, member))) {
      faults.placeholders.push(`${key} is ${text(member)}`)
    }
    if (typeof member !== 'string') faults.shape.push(`${key} is ${kind(member)}, expected a string`)
    else if (key === 'commit' && !/^[\da-f]{40}$/i.test(member)) {
      faults.shape.push(`commit is ${short(member)}, expected 40 hex digits`)
    } else if ((key === 'source' || key === 'build') && !isWebUrl(member)) {
      faults.shape.push(`${key} is ${short(member)}, expected an http(s) URL`)
    }
  }
  return { ...faults, object }
}

function isPlaceholder(key: string, value: string): boolean {
  const trimmed = value.trim()
  // A CI's address of which a part was blank: https://github.com//actions/runs/.
  const hollow =
    key !== 'version' && /^(?:https?:)?\/\/[^/]*\/\/|\/(?:runs|builds?|jobs?|commit)\/$/.test(trimmed)
  return (
    PLACEHOLDER.test(trimmed) ||
    TEMPLATE.test(trimmed) ||
    hollow ||
    (key === 'build' && /^\/\//.test(trimmed))
  )
}

const kind = (value: unknown) =>
  value === null ? 'null' : Array.isArray(value) ? 'an array' : `a ${typeof value}`
const short = (value: string) =>
  value === '' ? 'blank' : JSON.stringify(value.length > 60 ? `${value.slice(0, 60)}…` : value)
