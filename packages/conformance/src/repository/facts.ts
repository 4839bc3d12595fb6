import { readdirSync, readFileSync, statSync } from 'node:fs'
import { join } from 'node:path'
import type { DockerfileFacts } from '../dockerfile/stages.ts'
import { hasCommit } from './git.ts'
import { type Dockerignore, readDockerignore } from './ignore.ts'
import { array, object, readYaml, text, type YamlDocument } from './yaml.ts'

/** What a repository holds that a rule looks at. Paths are relative to its root, with "/". */
export interface RepositoryFacts {
  /** As it was given. */
  name: string
  /** All files, but for those of dependencies and of what is built; at most `FILE_LIMIT`. */
  files: string[]
  hasGit: boolean
  /** Whether its clone has a commit; undefined where nothing shows it. */
  hasCommit(commit: string): boolean | undefined
  dockerfiles: string[]
  /** Workflows of GitHub, and those actions of the repository that they use. */
  github: YamlDocument[]
  actions: YamlDocument[]
  circleci: YamlDocument[]
  /** Whether Taskcluster builds it, whose tasks are made by code. */
  taskcluster: string | undefined
  compose: YamlDocument[]
  /** Kubernetes objects, and those of Knative. */
  manifests: YamlDocument[]
  /** The folder that a Dockerfile of it is built in, as far as what it copies shows that. */
  contextOf(dockerfile: DockerfileFacts): BuildContext
  /** The text of a file; undefined where there is none, or it is too large. */
  read(file: string): string | undefined
}

/** The folder that an image is built from. */
export interface BuildContext {
  /** Blank for the root, else the folder's path with "/" at the end. */
  folder: string
  /** The files in it, by paths from it. */
  files: string[]
  dockerignore: Dockerignore | undefined
  /** Its version file, by the path from the root of the repository. */
  version: { file: string; text: string } | undefined
}

export const FILE_LIMIT = 50_000
const DEPTH_LIMIT = 12
const TEXT_LIMIT = 1024 * 1024

const SKIPPED = new Set([
  '.git',
  '.hg',
  '.next',
  '.nox',
  '.tox',
  '.turbo',
  '.venv',
  '__pycache__',
  'bower_components',
  'coverage',
  'node_modules',
  'site-packages',
  'third_party',
  'vendor',
  'venv'
])

/** The folders whose Dockerfiles and manifests are for tests, or for people to learn from. */
const ASIDE =
  /(?:^|\/)(?:\.devcontainer|bench(?:marks?)?|dev|docs?|examples?|fixtures?|samples?|(?:[a-z]+[-_])?tests?(?:[-_][a-z]+)?|testing|testdata|templates?)\//i

/** What package managers write, often long. */
const LOCK = /(?:^|\/)(?:[\w.-]*-lock|lock)\.ya?ml$/

/** Files below `root`, breadth first, links not followed. */
function walk(root: string): string[] {
  const files: string[] = []
  let folders = ['']
  for (let depth = 0; depth < DEPTH_LIMIT && folders.length > 0; depth++) {
    const next: string[] = []
    for (const folder of folders) {
      let entries: import('node:fs').Dirent[]
      try {
        entries = readdirSync(join(root, folder), { withFileTypes: true })
      } catch {
        continue
      }
      for (const entry of entries) {
        const path = folder === '' ? entry.name : `${folder}/${entry.name}`
        if (entry.isDirectory()) {
          if (!SKIPPED.has(entry.name)) next.push(path)
        } else if (entry.isFile()) {
          files.push(path)
          if (files.length >= FILE_LIMIT) return files
        }
      }
    }
    folders = next
  }
  return files
}

const isDockerfile = (file: string) => /(?:^|\/)(?:Dockerfile|Containerfile)$/.test(file)

// What an image is built for that is not the service.
const OTHER_PURPOSE =
  /(?:^|[._-])(?:dev|devel|development|debug|local|tests?|testing|ci|lint|docs?|build(?:er)?|base|bench|tools?|dockerignore|example|template|j2|tmpl|in|md|bak|orig)(?:[._-]|$)/i

/** One of several beside each other, by what it is for: `web.Dockerfile`, `Dockerfile.prod`, not `Dockerfile.dev`. */
function isNamedDockerfile(file: string): boolean {
  const [, before, after] = /^(?:([\w-]+)\.Dockerfile|Dockerfile[.-]([\w.-]+))$/.exec(file) ?? []
  const purpose = before ?? after
  return purpose !== undefined && !OTHER_PURPOSE.test(purpose)
}

/** The Dockerfiles that make a service's image: the root's, else docker/'s, else all that are not aside. */
function chooseDockerfiles(files: string[]): string[] {
  for (const first of ['Dockerfile', 'Containerfile', 'docker/Dockerfile']) {
    if (files.includes(first)) return [first]
  }
  for (const folder of ['', 'docker/']) {
    const named = files.filter(
      (file) => file.startsWith(folder) && isNamedDockerfile(file.slice(folder.length))
    )
    if (named.length > 0) return named.sort()
  }
  return files.filter((file) => isDockerfile(file) && !ASIDE.test(`/${file}`)).sort()
}

/** Reads what the rules look at in the folder `root`, which is not a git clone for certain. Runs nothing. */
export function readRepository(root: string, name: string): RepositoryFacts {
  const files = walk(root)
  const texts = new Map<string, string | undefined>()
  const read = (file: string): string | undefined => {
    if (!texts.has(file)) texts.set(file, readText(file))
    return texts.get(file)
  }
  const readText = (file: string): string | undefined => {
    try {
      const path = join(root, file)
      const stats = statSync(path)
      return stats.isFile() && stats.size <= TEXT_LIMIT ? readFileSync(path, 'utf8') : undefined
    } catch {
      return undefined
    }
  }
  const documents = (file: string) => {
    const found = read(file)
    return found === undefined ? [] : (readYaml(found, file) ?? [])
  }
  const matching = (pattern: RegExp) => files.filter((file) => pattern.test(file)).sort()
  const contexts = new Map<string, BuildContext>()
  const contextAt = (folder: string, dockerfile: string): BuildContext => {
    // An ignore file beside the Dockerfile goes before that of the folder.
    const ignoreFile = [`${dockerfile}.dockerignore`, `${folder}.dockerignore`].find((file) =>
      files.includes(file)
    )
    const version = read(`${folder}version.json`)
    return {
      folder,
      files: files.filter((file) => file.startsWith(folder)).map((file) => file.slice(folder.length)),
      dockerignore:
        ignoreFile === undefined ? undefined : readDockerignore(read(ignoreFile) ?? '', ignoreFile),
      version: version === undefined ? undefined : { file: `${folder}version.json`, text: version }
    }
  }
  return {
    name,
    files,
    hasGit: statSync(join(root, '.git'), { throwIfNoEntry: false }) !== undefined,
    hasCommit: (commit) => hasCommit(root, commit),
    dockerfiles: chooseDockerfiles(files),
    github: matching(/^\.github\/workflows\/[^/]+\.ya?ml$/).flatMap(documents),
    actions: matching(/^(?:.+\/)?action\.ya?ml$/).flatMap(documents),
    circleci: matching(/^\.circleci\/config\.ya?ml$/).flatMap(documents),
    taskcluster: files.find((file) => file === '.taskcluster.yml' || file.startsWith('taskcluster/')),
    compose: matching(/^(?:[^/]+\/)?(?:docker-)?compose[\w.-]*\.ya?ml$/).flatMap(documents),
    manifests: matching(/\.ya?ml$/)
      .filter((file) => !ASIDE.test(`/${file}`) && !file.startsWith('.') && !LOCK.test(file))
      .flatMap((file) => {
        const found = readText(file)
        // Most YAML is something else, and need not be parsed to be known as such.
        if (!found || !/^kind:/m.test(found) || !/^apiVersion:/m.test(found)) return []
        return readYaml(found, file) ?? []
      })
      .flatMap(unfold),
    contextOf(dockerfile) {
      let context = contexts.get(dockerfile.name)
      if (!context) {
        context = contextAt(chooseContext(dockerfile, files), dockerfile.name)
        contexts.set(dockerfile.name, context)
      }
      return context
    },
    read
  }
}

/** The folder that has more of what a Dockerfile copies: the root, or its own. */
function chooseContext({ name, copies }: DockerfileFacts, files: string[]): string {
  const own = name.slice(0, name.lastIndexOf('/') + 1)
  if (own === '') return ''
  const sources = copies
    .filter(({ from }) => from === undefined)
    .flatMap(({ sources }) => sources)
    .map((source) => source.replace(/^(?:\.?\/)+/, '').replace(/\/$/, ''))
    .filter((source) => /^[\w@./-]+$/.test(source) && source !== '.')
  const has = (folder: string) =>
    sources.filter((source) =>
      files.some((file) => file === folder + source || file.startsWith(`${folder}${source}/`))
    ).length
  const [ofRoot, ofOwn] = [has(''), has(own)]
  if (ofRoot !== ofOwn) return ofRoot > ofOwn ? '' : own
  // A folder of Dockerfiles alone is no context, and one that is called so seldom is.
  return /(?:^|\/)(?:docker|build|ci|container)s?\//.test(own) ? '' : own
}

/** The objects of a List of Kubernetes', each by itself. */
function unfold(document: YamlDocument): YamlDocument[] {
  const { kind, items } = object(document.value)
  if (text(kind) !== 'List') return [document]
  return array(items).map((value, index) => ({
    file: document.file,
    value,
    line: (path) => document.line(['items', index, ...path])
  }))
}
