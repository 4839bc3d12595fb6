import {
  closeSync,
  existsSync,
  mkdtempSync,
  openSync,
  readFileSync,
  readSync,
  rmSync,
  statSync
} from 'node:fs'
import { tmpdir } from 'node:os'
import { basename, dirname, join } from 'node:path'
import { type Config, NO_CONFIG, readConfig } from './config.ts'
import { normalId } from './dockerfile/parse.ts'
import { readDockerfile } from './dockerfile/stages.ts'
import { exitCode, judge } from './engine.ts'
import { ConformanceError } from './errors.ts'
import { type FailOn, PROFILES, type Profile } from './profiles.ts'
import type { Facts, Rule } from './rule.ts'
import { rules } from './rules/index.ts'
import type { Report, Result, Target } from './schema.ts'

/** What to check, and how strictly. */
export interface CheckOptions {
  /** URLs, Dockerfiles, folders of repositories, archives or layouts of images, `docker://NAME`. */
  targets: string[]
  /**
   * The stage of the Dockerfiles that is shipped.
   * @default the last one
   */
  stage?: string | undefined
  /**
   * Stands before the path of each endpoint of a service.
   * @default ''
   */
  prefix?: string | undefined
  /**
   * Sent with each request to a service.
   * @default {}
   */
  headers?: Record<string, string> | undefined
  /**
   * How long a service may take to answer, in ms.
   * @default 10000
   */
  timeout?: number | undefined
  /**
   * Whether an image is started too, and how.
   * @default none: it is only read
   */
  run?: RunChoice | undefined
  /**
   * Which profile applies, where `dockerflow.yaml` names none.
   * @default 'spec'
   */
  profile?: Profile | undefined
  /**
   * From which level on a fail counts.
   * @default the profile's
   */
  failOn?: FailOn | undefined
  /**
   * Ids of rules whose unknowns are fails.
   * @default []
   */
  require?: string[] | undefined
  /**
   * The file that holds waivers.
   * @default `dockerflow.yaml` of the repository, else of this folder, where there is one
   */
  config?: string | undefined
  /**
   * The path of a JSON report whose fails are waived.
   * @default none
   */
  baseline?: string | undefined
  /**
   * Called when something begins that may take over a second.
   * @default none
   */
  onProgress?: ((what: string) => void) | undefined
}

/** How an image is started. */
export interface RunChoice {
  /** Variables of the container, such as `DATABASE_URL=…`. */
  env: string[]
  /** Backing services, `NAME=PORT`, that are cut and hung by a proxy. */
  dependencies: string[]
}

export interface Outcome {
  report: Report
  /** One line for each target that could not be read. */
  unreadable: string[]
  /** 2 where a target could not be read at all, else 1 where a fail counts, else 0. */
  exitCode: 0 | 1 | 2
}

type Kind = Target['kind']

/** The first bytes of an archive: tar, gzip or zstd. */
function isArchive(path: string): boolean {
  const head = Buffer.alloc(512)
  const file = openSync(path, 'r')
  try {
    readSync(file, head, 0, 512, 0)
  } finally {
    closeSync(file)
  }
  return (
    head.toString('latin1', 257, 262) === 'ustar' ||
    head.readUInt16BE(0) === 0x1f8b ||
    head.readUInt32BE(0) === 0x28b52ffd ||
    /\.(?:tar|tgz|tar\.gz|tar\.zst)$/.test(path)
  )
}

/** What kind of target `name` is. @throws ConformanceError where there is no such thing */
export function kindOf(name: string): Kind {
  if (/^https?:\/\//i.test(name)) return 'url'
  if (/^docker:\/\//.test(name)) return 'image'
  const stats = statSync(name, { throwIfNoEntry: false })
  if (!stats)
    throw new ConformanceError(`${name} is not there: expected a URL, a Dockerfile, a folder or an image`)
  if (stats.isDirectory()) return existsSync(join(name, 'oci-layout')) ? 'image' : 'repository'
  if (!stats.isFile()) throw new ConformanceError(`${name} is neither a file nor a folder`)
  return isArchive(name) ? 'image' : 'dockerfile'
}

/** Reads the targets, and judges them by the rules. What can't be read is in `unreadable`; nothing else throws but wrong options. */
export async function check(options: CheckOptions): Promise<Outcome> {
  const ids = new Set(rules.map(({ id }) => id))
  const config = await findConfig(options, ids)
  const profile = options.profile ?? config.profile ?? 'spec'
  const failOn = options.failOn ?? (options.profile ? undefined : config.failOn) ?? PROFILES[profile].failOn
  const require = new Set([...(options.require ?? []).map(normalId), ...config.require])
  for (const id of require) {
    if (!ids.has(id)) throw new ConformanceError(`${id} is not the id of a rule; --list prints them`)
  }
  const baseline = options.baseline === undefined ? [] : readBaseline(options.baseline)
  const facts: Facts = {
    dockerfiles: [],
    repository: undefined,
    imageSets: [],
    services: [],
    runs: [],
    mozcloud: profile === 'mozcloud'
  }
  const targets: Target[] = []
  const unreadable: string[] = []
  for (const name of options.targets) {
    try {
      const kind = kindOf(name)
      targets.push({ kind, name })
      await readTarget(kind, name, facts, options, config)
    } catch (err) {
      unreadable.push(lineOf(err, name))
    }
  }
  const report = judge(facts, targets, {
    rules,
    profile,
    require,
    waivers: config.waivers,
    baseline,
    today: new Date().toISOString().slice(0, 10)
  })
  return { report, unreadable, exitCode: unreadable.length > 0 ? 2 : exitCode(report, failOn, require) }
}

/** An error as one line. */
function lineOf(err: unknown, name: string): string {
  if (err instanceof ConformanceError) return err.message
  const { code } = err as NodeJS.ErrnoException
  if (code) return `${name} can not be read: ${code}`
  throw err
}

async function readTarget(
  kind: Kind,
  name: string,
  facts: Facts,
  options: CheckOptions,
  config: Config
): Promise<void> {
  const { onProgress = () => {}, stage, prefix, headers, timeout } = options
  if (kind === 'url') {
    onProgress(`asking ${name}`)
    const { readService } = await import('./service/facts.ts')
    facts.services.push(await readService(name, { prefix, headers, timeout }))
  } else if (kind === 'dockerfile') {
    facts.dockerfiles.push(readDockerfile(readFileSync(name, 'utf8'), name, stage))
  } else if (kind === 'repository') {
    await readRepositoryTarget(name, facts, options, config)
  } else if (name.startsWith('docker://')) {
    await readEngineTarget(name, facts, options)
  } else {
    const { readImageSet } = await import('./image/read.ts')
    facts.imageSets.push(await readImageSet(name, name, onProgress))
  }
}

async function readRepositoryTarget(name: string, facts: Facts, { stage }: CheckOptions, config: Config) {
  const { readRepository } = await import('./repository/facts.ts')
  const repository = readRepository(name, name)
  facts.repository = repository
  const chosen =
    config.dockerfiles.length > 0
      ? config.dockerfiles
      : repository.dockerfiles.map((file) => ({ file, target: stage }))
  for (const { file, target } of chosen) {
    const source = repository.read(file)
    if (source === undefined)
      throw new ConformanceError(`${join(name, file)} can not be read: expected a Dockerfile`)
    facts.dockerfiles.push(readDockerfile(source, file, target ?? stage))
  }
  const { github, circleci, compose, manifests, taskcluster } = repository
  const seen =
    [github, circleci, compose, manifests].some((found) => found.length > 0) ||
    taskcluster ||
    repository.files.includes('version.json')
  if (chosen.length === 0 && !seen) {
    throw new ConformanceError(
      `${name} holds nothing to check: expected a Dockerfile, workflows or manifests`
    )
  }
}

/** An image that an engine has: saved to a file and read, and started where that is wanted. */
async function readEngineTarget(name: string, facts: Facts, options: CheckOptions): Promise<void> {
  const { onProgress = () => {}, run, prefix, headers, timeout } = options
  const { docker } = await import('./run/docker.ts')
  const { readImageSet } = await import('./image/read.ts')
  const image = name.slice('docker://'.length)
  if (!/^[\w][\w.:/@-]*$/.test(image)) throw new ConformanceError(`${name} is not the name of an image`)
  const folder = mkdtempSync(join(tmpdir(), 'dockerflow-check-'))
  try {
    onProgress(`saving ${image}`)
    const path = join(folder, 'image.tar')
    await docker(['save', `--output=${path}`, image], 600_000)
    facts.imageSets.push(await readImageSet(path, name, onProgress))
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
  if (!run) return
  const { runImage } = await import('./run/run.ts')
  const { run: found, service } = await runImage(image, { ...run, prefix, headers, timeout, onProgress })
  facts.runs.push(found)
  if (service) facts.services.push(service)
}

async function findConfig({ config, targets }: CheckOptions, ids: ReadonlySet<string>): Promise<Config> {
  if (config !== undefined) return readConfig(config, ids)
  const folders = targets.flatMap((name) => {
    const stats = /^\w+:\/\//.test(name) ? undefined : statSync(name, { throwIfNoEntry: false })
    return stats ? [stats.isDirectory() ? name : dirname(name)] : []
  })
  for (const folder of [...folders, '.']) {
    const path = join(folder, 'dockerflow.yaml')
    if (existsSync(path)) return readConfig(path, ids)
  }
  return NO_CONFIG
}

/** The results of an earlier report. */
function readBaseline(path: string): Result[] {
  let report: Partial<Report>
  try {
    report = JSON.parse(readFileSync(path, 'utf8'))
  } catch (err) {
    const { code } = err as NodeJS.ErrnoException
    throw new ConformanceError(
      `${path} ${code ? `can not be read: ${code}` : 'is not JSON'}: expected a report of --format json`
    )
  }
  if (report?.schema !== 1 || !Array.isArray(report.results)) {
    throw new ConformanceError(`${path} is not a report of --format json`)
  }
  return report.results
}

/** The rule of an id, in any case; undefined where there is none. */
export const ruleOf = (id: string): Rule | undefined => rules.find((rule) => rule.id === normalId(id))

/** The name of a target, short. */
export const shortName = ({ name }: Target) => basename(name) || name
