import { readFileSync, statSync } from 'node:fs'
import { normalId } from './dockerfile/parse.ts'
import { ConformanceError } from './errors.ts'
import { type FailOn, PROFILES, type Profile } from './profiles.ts'
import type { YamlDocument } from './repository/yaml.ts'

/** Lets a rule's fails off until a day. */
export interface Waiver {
  /** The rule's id. */
  rule: string
  /** Why. */
  reason: string
  /** The last day on which it holds, as YYYY-MM-DD, in UTC. */
  until: string
  /** The file, path or URL of the place, or the beginning of it; all places by default. */
  path: string | undefined
}

/** What `dockerflow.yaml` says. */
export interface Config {
  profile: Profile | undefined
  failOn: FailOn | undefined
  require: string[]
  /** The Dockerfiles of a repository, each with the stage that is shipped. */
  dockerfiles: { file: string; target: string | undefined }[]
  waivers: Waiver[]
}

export const NO_CONFIG: Config = {
  profile: undefined,
  failOn: undefined,
  require: [],
  dockerfiles: [],
  waivers: []
}

const EXAMPLE = '{ rule: OPT-4, reason: …, until: 2027-01-31 }'

/**
 * Reads `dockerflow.yaml`.
 * @param ids the ids of all rules
 * @throws ConformanceError, in one line, where something in it is not as it must be
 */
export async function readConfig(path: string, ids: ReadonlySet<string>): Promise<Config> {
  const { array, object, readYaml, text } = await import('./repository/yaml.ts')
  let source: string
  try {
    if (statSync(path).size > 1024 * 1024) throw new ConformanceError(`${path} is larger than 1 MB`)
    source = readFileSync(path, 'utf8')
  } catch (err) {
    if (err instanceof ConformanceError) throw err
    throw new ConformanceError(`${path} can not be read: ${(err as NodeJS.ErrnoException).code}`)
  }
  const [document] = readYaml(source, path) ?? []
  if (source.trim() !== '' && !document) throw new ConformanceError(`${path} is not YAML`)
  const value = document?.value ?? {}
  const wrong = (where: (string | number)[], expected: string): never => {
    throw new ConformanceError(`${path}:${(document as YamlDocument).line(where)}: expected ${expected}`)
  }
  if (typeof value !== 'object' || Array.isArray(value))
    wrong([], 'an object with waivers, profile and the like')
  const { profile, failOn, require = [], dockerfiles = [], waivers = [], ...unknown } = object(value)
  for (const name of Object.keys(unknown)) {
    wrong([name], `profile, failOn, require, dockerfiles or waivers, not ${JSON.stringify(name)}`)
  }
  if (profile !== undefined && !Object.hasOwn(PROFILES, text(profile)))
    wrong(['profile'], 'spec, strict or mozcloud')
  if (failOn !== undefined && !/^(?:must|should|may)$/.test(text(failOn)))
    wrong(['failOn'], 'must, should or may')
  for (const [name, list] of Object.entries({ require, dockerfiles, waivers })) {
    if (!Array.isArray(list)) wrong([name], 'a list')
  }
  const known = (id: unknown, where: (string | number)[]) => {
    const found = normalId(text(id))
    if (!ids.has(found)) wrong(where, `the id of a rule, not ${JSON.stringify(text(id))}; --list prints them`)
    return found
  }
  return {
    profile: profile as Profile | undefined,
    failOn: failOn as FailOn | undefined,
    require: array(require).map((id, index) => known(id, ['require', index])),
    dockerfiles: array(dockerfiles).map((entry, index) => {
      const { file, target } = typeof entry === 'string' ? { file: entry, target: undefined } : object(entry)
      if (text(file) === '') wrong(['dockerfiles', index], 'the path of a Dockerfile, or { file, target }')
      return { file: text(file), target: target === undefined ? undefined : text(target) }
    }),
    waivers: array(waivers).map((entry, index) => {
      const { rule, reason, until, path: place, ...more } = object(entry)
      const at = ['waivers', index]
      for (const name of Object.keys(more))
        wrong([...at, name], `rule, reason, until or path, not ${JSON.stringify(name)}`)
      if (text(reason).trim() === '') wrong(at, `a reason in each waiver: ${EXAMPLE}`)
      const day = text(until)
      if (!/^\d{4}-\d\d-\d\d$/.test(day) || Number.isNaN(Date.parse(day))) {
        wrong(at, `an end date in each waiver, as YYYY-MM-DD: ${EXAMPLE}`)
      }
      return {
        rule: known(rule, at),
        reason: text(reason).trim(),
        until: day,
        path: place === undefined ? undefined : text(place)
      }
    })
  }
}
