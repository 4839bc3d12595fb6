import { posix } from 'node:path'
import { ConformanceError } from '../errors.ts'
import { isEnvFile, isKnownSecret, isSecretFile } from '../secrets.ts'
import type { ImageFacts, ImageFile } from './facts.ts'
import { type Blob, openBlob } from './source.ts'
import { readTar, type TarEntry } from './tar.ts'

/** An image with more entries in its layers is refused. */
export const ENTRY_LIMIT = 1_000_000

/** Larger files are not read. */
const CONTENT_LIMIT = 1024 * 1024

/** Files whose contents rules read. */
const READ = new Set(['/app/version.json', '/etc/passwd', '/etc/group'])

/** Where files of others are, which may be anything. */
const FOREIGN =
  /\/(?:node_modules|site-packages|dist-packages|vendor|testdata|tests?|fixtures|examples?|gems|ruby|python[\d.]*|perl[\d.]*|share|doc)\//

/** Files that may hold a secret, which their contents decide. */
const PERHAPS =
  /(?:\.(?:pem|key)|\/\.npmrc|\/\.docker\/config\.json|\/\.pip\/pip\.conf|\/\.config\/gcloud\/[\w.]+\.json)$/

export interface Layer {
  digest: string
  blob: Blob
}

/** What the layers of an image make together. */
export type Files = Pick<ImageFacts, 'files' | 'contents' | 'secrets' | 'size'>

/**
 * Lays the layers of an image over each other. Nothing is written to disk.
 * @throws ConformanceError where one is broken, or of an impossible size
 */
export async function mergeLayers(layers: Layer[], name: string): Promise<Files> {
  const result: Files = { files: new Map(), contents: new Map(), secrets: [], size: 0 }
  const budget = { entries: 0 }
  for (const layer of layers) await addLayer(layer, result, budget, name)
  aliasApp(result.files)
  await readLinked(layers, result, name)
  for (const { size } of result.files.values()) result.size += size
  return result
}

/** An entry's path in the image. */
function pathOf(entry: string, layer: string): string {
  const parts = entry.split('/')
  if (parts.includes('..')) {
    throw new ConformanceError(
      `${layer} has an entry that leads out of the image: ${JSON.stringify(entry.slice(0, 100))}`
    )
  }
  return posix.join('/', entry).replace(/(?<=.)\/$/, '')
}

/** The entries of a layer, each with its path in the image. What is broken in it is said of it by its digest. */
async function* entriesOf(
  { digest, blob }: Layer,
  name: string
): AsyncGenerator<[path: string, entry: TarEntry]> {
  const label = `${name}: layer ${digest.replace(/^sha256:/, '').slice(0, 12)}`
  const { source, close } = openBlob(blob, label)
  try {
    for await (const entry of readTar(source, label)) yield [pathOf(entry.name, label), entry]
  } catch (err) {
    if (err instanceof ConformanceError) throw err
    throw new ConformanceError(
      `${label} can not be unpacked: ${(err as NodeJS.ErrnoException).code ?? (err as Error).message}`
    )
  } finally {
    close()
  }
}

async function addLayer(
  layer: Layer,
  result: Files,
  budget: { entries: number },
  name: string
): Promise<void> {
  const { files, contents, secrets } = result
  const own = new Map<string, ImageFile>()
  const ownContents = new Map<string, Buffer>()
  // What this layer takes away of those below: paths with all below them, and folders' contents alone.
  const gone = new Set<string>()
  const emptied = new Set<string>()
  for await (const [path, entry] of entriesOf(layer, name)) {
    if (++budget.entries > ENTRY_LIMIT) {
      throw new ConformanceError(`${name} has more than ${ENTRY_LIMIT} entries in its layers: it is refused`)
    }
    const base = posix.basename(path)
    if (base === '.wh..wh..opq') {
      emptied.add(posix.dirname(path))
      continue
    }
    if (base.startsWith('.wh.')) {
      gone.add(posix.join(posix.dirname(path), base.slice(4)))
      continue
    }
    const file: ImageFile = {
      type: entry.type === 'hardlink' ? 'file' : entry.type,
      layer: layer.digest,
      mode: entry.mode,
      uid: entry.uid,
      gid: entry.gid,
      size: entry.size,
      link: entry.type === 'link' ? entry.link : undefined
    }
    if (entry.type === 'hardlink') {
      const target = posix.join('/', entry.link)
      const linked = own.get(target) ?? files.get(target)
      if (linked) Object.assign(file, { ...linked, size: 0, layer: layer.digest })
      const bytes = ownContents.get(target) ?? contents.get(target)
      if (bytes && READ.has(path)) ownContents.set(path, bytes)
    }
    if (file.type !== 'folder' && files.get(path)?.type === 'folder') gone.add(path)
    own.set(path, file)
    if (entry.type === 'file') await look(path, entry, layer, ownContents, secrets)
  }
  if (gone.size > 0 || emptied.size > 0) {
    for (const path of files.keys()) {
      if (!isGone(path, gone, emptied)) continue
      files.delete(path)
      contents.delete(path)
    }
  }
  for (const [path, file] of own) {
    files.set(path, file)
    if (READ.has(path)) contents.delete(path)
  }
  for (const [path, bytes] of ownContents) contents.set(path, bytes)
}

function isGone(path: string, gone: Set<string>, emptied: Set<string>): boolean {
  if (gone.has(path)) return true
  for (let at = path.lastIndexOf('/'); at >= 0; at = path.lastIndexOf('/', at - 1)) {
    const above = at === 0 ? '/' : path.slice(0, at)
    if (gone.has(above) || emptied.has(above)) return true
    if (at === 0) return false
  }
  return false
}

/** Reads the contents of a file that a rule looks at, and finds the secrets in those that may hold one. */
async function look(
  path: string,
  entry: TarEntry,
  { digest }: Layer,
  contents: Map<string, Buffer>,
  secrets: Files['secrets']
): Promise<void> {
  if (READ.has(path)) {
    if (entry.size > CONTENT_LIMIT) throw new ConformanceError(`${path} of the image is larger than 1 MB`)
    // A copy: what the archive is read into is used again.
    contents.set(path, Buffer.from(await entry.contents()))
    return
  }
  if (FOREIGN.test(path) || path.startsWith('/usr/') || path.startsWith('/etc/ssl/')) return
  if (isSecretFile(path)) secrets.push({ layer: digest, path, what: `${posix.basename(path)}` })
  else if (isEnvFile(path)) secrets.push({ layer: digest, path, what: 'a .env' })
  else if (PERHAPS.test(path) && entry.size <= 64 * 1024) {
    const text = (await entry.contents()).toString('latin1')
    const token = /\/\.npmrc$/.test(path)
      ? /_(?:authToken|auth|password)\s*=\s*(?!\$)\S/.test(text)
      : /config\.json$/.test(path)
        ? /"auth"\s*:\s*"[^"]/.test(text)
        : false
    if (token || isKnownSecret(text) || /"private_key"\s*:/.test(text))
      secrets.push({ layer: digest, path, what: `a secret in ${posix.basename(path)}` })
  }
}

/** The real path of `path`, links followed inside the image; undefined where one leads nowhere. */
export function resolveLinks(files: ReadonlyMap<string, ImageFile>, path: string): string | undefined {
  let at = '/'
  const left = path.split('/').filter(Boolean)
  let hops = 0
  while (left.length > 0) {
    const next = posix.join(at, left.shift() as string)
    const file = files.get(next)
    if (file?.type === 'link' && file.link !== undefined) {
      if (++hops > 40) return undefined
      left.unshift(...file.link.split('/').filter(Boolean))
      at = file.link.startsWith('/') ? '/' : at
    } else at = next
  }
  return at === '/' || files.has(at) ? at : undefined
}

/** Where /app is a link to a folder, what is in that folder is in /app. */
function aliasApp(files: Map<string, ImageFile>): void {
  if (files.get('/app')?.type !== 'link') return
  const real = resolveLinks(files, '/app')
  if (real === undefined || real === '/') return
  for (const [path, file] of [...files])
    if (path.startsWith(`${real}/`)) files.set(`/app${path.slice(real.length)}`, file)
}

/** Reads what the files that rules look at link to, in one more pass through the layer that has it. */
async function readLinked(layers: Layer[], { files, contents }: Files, name: string): Promise<void> {
  for (const path of READ) {
    if (contents.has(path)) continue
    const real = resolveLinks(files, path)
    const file = real === undefined ? undefined : files.get(real)
    if (real === undefined || file?.type !== 'file' || file.size > CONTENT_LIMIT) continue
    const layer = layers.findLast(({ digest }) => digest === file.layer)
    if (!layer) continue
    for await (const [found, entry] of entriesOf(layer, name)) {
      if (found === real && entry.type === 'file') contents.set(path, Buffer.from(await entry.contents()))
    }
  }
}
