import { readdirSync, readFileSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { type Dockerignore, readDockerignore } from './ignore.ts'
import { array, object, readYaml, text, type YamlDocument } from './yaml.ts'

/** What a repository holds that a rule looks at. Paths are relative to its root, with "/". */
export interface RepositoryFacts {
  /** As it was given. */
  name: string
  /** All files, but for those of dependencies and of what is built; at most `FILE_LIMIT`. */
  files: string[]
  hasGit: boolean
  dockerfiles: string[]
  dockerignore: Dockerignore | undefined
  /** The version file in the build's context. */
  version: { file: string; text: string } | undefined
  /** Workflows of GitHub, and those actions of the repository that they use. */
  github: YamlDocument[]
  actions: YamlDocument[]
  circleci: YamlDocument[]
  /** Whether Taskcluster builds it, whose tasks are made by code. */
  taskcluster: string | undefined
  compose: YamlDocument[]
  /** Kubernetes objects, and those of Knative. */
  manifests: YamlDocument[]
  /** The text of a file; undefined where there is none, or it is too large. */
  read(file: string): string | undefined
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
  /(?:^|\/)(?:\.devcontainer|bench(?:marks?)?|docs?|examples?|fixtures?|samples?|tests?|testing|testdata|templates?)\//i

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

/** The Dockerfiles that make a service's image: the root's, else docker/'s, else all that are not aside. */
function chooseDockerfiles(files: string[]): string[] {
  for (const first of ['Dockerfile', 'Containerfile', 'docker/Dockerfile']) {
    if (files.includes(first)) return [first]
  }
  return files.filter((file) => isDockerfile(file) && !ASIDE.test(`/${file}`)).sort()
}

/** Reads what the rules look at in the folder `root`, which is not a git clone for certain. Runs nothing. */
export function readRepository(root: string, name: string): RepositoryFacts {
  const files = walk(root)
  const read = (file: string): string | undefined => {
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
  const dockerignore = read('.dockerignore')
  const version = read('version.json')
  return {
    name,
    files,
    hasGit: statSync(join(root, '.git'), { throwIfNoEntry: false }) !== undefined,
    dockerfiles: chooseDockerfiles(files),
    dockerignore: dockerignore === undefined ? undefined : readDockerignore(dockerignore, '.dockerignore'),
    version: version === undefined ? undefined : { file: 'version.json', text: version },
    github: matching(/^\.github\/workflows\/[^/]+\.ya?ml$/).flatMap(documents),
    actions: matching(/^(?:.+\/)?action\.ya?ml$/).flatMap(documents),
    circleci: matching(/^\.circleci\/config\.ya?ml$/).flatMap(documents),
    taskcluster: files.find((file) => file === '.taskcluster.yml' || file.startsWith('taskcluster/')),
    compose: matching(/^(?:[^/]+\/)?(?:docker-)?compose[\w.-]*\.ya?ml$/).flatMap(documents),
    manifests: matching(/\.ya?ml$/)
      .filter((file) => !ASIDE.test(`/${file}`) && !file.startsWith('.'))
      .flatMap((file) => {
        const found = read(file)
        // Most YAML is something else, and need not be parsed to be known as such.
        if (!found || !/^kind:/m.test(found) || !/^apiVersion:/m.test(found)) return []
        return readYaml(found, file) ?? []
      })
      .flatMap(unfold),
    read
  }
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
