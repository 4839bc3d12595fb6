import { execFileSync } from 'node:child_process'
import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs'
import { dirname, join, relative } from 'node:path'
import type { Manager } from './answers.ts'
import { type Style, styleOf } from './code.ts'
import { type Driver, drivers } from './drivers.ts'
import { UserError } from './errors.ts'

export interface ServiceManifest {
  name?: string
  type?: string
  main?: string
  packageManager?: string
  scripts?: Record<string, string>
  dependencies?: Record<string, string>
  devDependencies?: Record<string, string>
}

/** A source file of a service. */
export interface Source {
  path: string
  text: string
  style: Style
}

/** What is known of a service that is there. */
export interface Service {
  folder: string
  /** The text of its package.json. */
  text: string
  manifest: ServiceManifest
  kind: 'plain' | 'fastify-cli' | 'nest'
  manager: Manager
  /** The folder of its lock file: above its own, it is a package of a monorepo. */
  root: string
  isInMonorepo: boolean
  isTypeScript: boolean
  /** The file that starts it, as the image runs it, such as `dist/server.js`. */
  entry: string | undefined
  sources: Source[]
  /** Its dependencies that connect to something, by the check's name. */
  drivers: Map<string, { package: string; driver: Driver }>
  /** Git's own folder is above, and whether something isn't committed. */
  git: 'none' | 'clean' | 'changed'
}

const locks: [file: string, manager: Manager][] = [
  ['pnpm-lock.yaml', 'pnpm'],
  ['yarn.lock', 'yarn'],
  ['package-lock.json', 'npm']
]
const ignored = /^(?:node_modules|dist|build|coverage|out|\..*)$/
const limits = { files: 2000, size: 200_000 }

/** The JavaScript and TypeScript of a folder, without tests. */
function readSources(folder: string, isModule: boolean): Source[] {
  const sources: Source[] = []
  const visit = (path: string) => {
    for (const entry of readdirSync(path, { withFileTypes: true })) {
      const file = join(path, entry.name)
      if (entry.isDirectory()) {
        if (!ignored.test(entry.name) && !/^(?:tests?|__tests__|e2e|spec)$/.test(entry.name)) visit(file)
      } else if (/^(?!.*\.(?:test|spec|d|config)\.)[^.].*\.[cm]?[jt]s$/.test(entry.name)) {
        if (statSync(file).size > limits.size || sources.length >= limits.files) continue
        const text = readFileSync(file, 'utf8')
        const isFileModule = entry.name.endsWith('.mjs') || (isModule && !entry.name.endsWith('.cjs'))
        sources.push({ path: relative(folder, file), text, style: styleOf(text, isFileModule) })
      }
    }
  }
  visit(folder)
  return sources.sort((a, b) => (a.path < b.path ? -1 : 1))
}

/** The folder, or the nearest above it, that has one of the files. */
function above(folder: string, files: string[]): { folder: string; file: string } | undefined {
  const file = files.find((name) => existsSync(join(folder, name)))
  if (file) return { folder, file }
  // Beyond the repository's own folder there is nothing of it.
  const parent = dirname(folder)
  return parent === folder || existsSync(join(folder, '.git')) ? undefined : above(parent, files)
}

function gitState(folder: string): Service['git'] {
  try {
    const args = ['status', '--porcelain', '--', '.']
    return execFileSync('git', args, {
      cwd: folder,
      encoding: 'utf8',
      stdio: ['ignore', 'pipe', 'ignore']
    }) === ''
      ? 'clean'
      : 'changed'
  } catch {
    return 'none'
  }
}

function readManifest(folder: string): { text: string; manifest: ServiceManifest } {
  let text: string
  try {
    text = readFileSync(join(folder, 'package.json'), 'utf8')
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException
    if (code !== 'ENOENT' && code !== 'ENOTDIR') throw new UserError(`package.json can't be read (${code})`)
    throw new UserError('there is no package.json here; for a new service, use `npm create dockerflow`')
  }
  let manifest: unknown
  try {
    manifest = JSON.parse(text)
  } catch (error) {
    throw new UserError(`package.json is broken: ${(error as Error).message.split('\n')[0]}`)
  }
  if (typeof manifest !== 'object' || manifest === null || Array.isArray(manifest))
    throw new UserError('package.json is broken: it is no object')
  return { text, manifest: manifest as ServiceManifest }
}

/** The major version of Fastify that is installed, or that the range begins with. */
function fastifyMajor(folder: string, range: string): number {
  const installed = above(folder, ['node_modules/fastify/package.json'])
  const version = installed
    ? JSON.parse(readFileSync(join(installed.folder, installed.file), 'utf8')).version
    : range
  return Number(/\d+/.exec(version)?.[0] ?? 5)
}

/**
 * Reads what there is to know of a service.
 * @throws {UserError} of a folder that has none, and of one that Dockerflow's plugins don't work with
 */
export function readService(folder: string): Service {
  const { text, manifest } = readManifest(folder)
  const dependencies = { ...manifest.devDependencies, ...manifest.dependencies }
  const isNest = '@nestjs/platform-fastify' in dependencies
  const start = manifest.scripts?.start ?? ''
  if (!isNest && !('fastify' in dependencies)) {
    const other = ['express', '@nestjs/platform-express', 'koa', '@hapi/hapi', 'hono'].find(
      (name) => name in dependencies
    )
    throw new UserError(
      `this service isn't Fastify: its package.json ${other ? `has ${other}, and no` : 'has no'} dependency fastify or @nestjs/platform-fastify`
    )
  }
  const major = isNest ? 5 : fastifyMajor(folder, dependencies.fastify as string)
  if (major !== 5)
    throw new UserError(
      `this service has Fastify ${major}, and Dockerflow's plugins need Fastify 5: upgrade it first, see https://fastify.dev/docs/latest/Guides/Migration-Guide-V5/`
    )

  const lock = above(
    folder,
    locks.map(([file]) => file)
  )
  const manager =
    locks.find(([file]) => file === lock?.file)?.[1] ??
    (/^(?:pnpm|yarn)(?=@)/.exec(manifest.packageManager ?? '')?.[0] as Manager | undefined) ??
    'npm'
  const isModule = manifest.type === 'module'
  const sources = readSources(folder, isModule)
  const started = /\bnode\b(?: --?[\w=:./-]+)* ([\w./-]+)/.exec(start)?.[1]
  const entry = started === '.' ? manifest.main : (started ?? manifest.main)
  const found: Service['drivers'] = new Map()
  for (const [name, driver] of Object.entries(drivers))
    if (name in dependencies && !found.has(driver.label)) found.set(driver.label, { package: name, driver })
  return {
    folder,
    text,
    manifest,
    kind: isNest ? 'nest' : /\bfastify start\b/.test(start) ? 'fastify-cli' : 'plain',
    manager,
    root: lock?.folder ?? folder,
    isInMonorepo: lock !== undefined && lock.folder !== folder,
    isTypeScript:
      existsSync(join(folder, 'tsconfig.json')) && sources.some(({ path }) => /\.[cm]?ts$/.test(path)),
    entry,
    sources,
    drivers: found,
    git: gitState(folder)
  }
}
