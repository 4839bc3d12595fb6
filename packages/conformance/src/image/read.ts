import { createHash } from 'node:crypto'
import { closeSync, fstatSync, openSync, readdirSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { ConformanceError } from '../errors.ts'
import type { ImageConfig, ImageFacts, ImageSet } from './facts.ts'
import { type Layer, mergeLayers } from './layers.ts'
import { type Blob, FileSource, openBlob, packingOf, readAt } from './source.ts'
import { readTar } from './tar.ts'

/** Manifests and configurations that are larger are refused. */
const JSON_LIMIT = 4 * 1024 * 1024
const MANIFEST_LIMIT = 200
const FILE_LIMIT = 100_000

/** The parts of an archive or a layout, by their paths in it. */
interface Store {
  name: string
  get(path: string): Blob | undefined
  close(): void
}

/** Reads an image: a folder or an archive with an OCI layout, or an archive of `docker save`; packed or not. */
export async function readImageSet(
  path: string,
  name: string,
  onProgress: (what: string) => void = () => {}
): Promise<ImageSet> {
  const store = statSync(path).isDirectory() ? openLayout(path, name) : await openArchive(path, name)
  try {
    onProgress(`reading ${name}`)
    if (store.get('index.json') && store.get('oci-layout')) return await readIndex(store, onProgress)
    if (store.get('manifest.json')) return await readSaved(store, onProgress)
    throw new ConformanceError(
      `${name} holds no image: expected index.json of OCI, or manifest.json of docker save`
    )
  } finally {
    store.close()
  }
}

function openLayout(root: string, name: string): Store {
  const files = new Map<string, Blob>()
  const open = (path: string): Blob | undefined => {
    const known = files.get(path)
    if (known) return known
    const stats = statSync(join(root, path), { throwIfNoEntry: false })
    if (!stats?.isFile()) return undefined
    const file = openSync(join(root, path), 'r')
    const blob = { file, offset: 0, size: fstatSync(file).size }
    files.set(path, blob)
    return blob
  }
  const top = new Set(readdirSync(root))
  return {
    name,
    // Only what a layout has: its own files, and blobs by digest.
    get: (path) => (/^blobs\/[a-z\d]+\/[a-f\d]+$/.test(path) || top.has(path) ? open(path) : undefined),
    close() {
      for (const { file } of files.values()) closeSync(file)
    }
  }
}

async function openArchive(path: string, name: string): Promise<Store> {
  let file = openSync(path, 'r')
  let remove = () => {}
  try {
    const whole = { file, offset: 0, size: fstatSync(file).size }
    if (packingOf(whole) !== 'none') {
      const unpacked = await unpack(whole, name)
      closeSync(file)
      file = unpacked.file
      remove = unpacked.remove
    }
    const blobs = new Map<string, Blob>()
    const source = new FileSource({ file, offset: 0, size: fstatSync(file).size })
    for await (const entry of readTar(source, name)) {
      if (blobs.size >= FILE_LIMIT)
        throw new ConformanceError(`${name} has more than ${FILE_LIMIT} files: it is refused`)
      const path = entry.name.replace(/^\.?\/+/, '')
      if (entry.type === 'file') {
        if (source.position + entry.size > fstatSync(file).size)
          throw new ConformanceError(`${name} is cut off: expected a whole tar archive`)
        blobs.set(path, { file, offset: source.position, size: entry.size })
      }
      // Old archives of docker save link a layer that two images share.
      const linked = entry.type === 'link' ? blobs.get(join(path, '..', entry.link)) : undefined
      if (linked) blobs.set(path, linked)
    }
    return {
      name,
      get: (path) => blobs.get(path),
      close() {
        closeSync(file)
        remove()
      }
    }
  } catch (err) {
    closeSync(file)
    remove()
    throw err
  }
}

/** Unpacks a packed archive to a file that has no name any more, since its parts are read in another order. */
async function unpack(blob: Blob, name: string): Promise<{ file: number; remove(): void }> {
  const { mkdtempSync, rmSync, writeSync } = await import('node:fs')
  const { tmpdir } = await import('node:os')
  const folder = mkdtempSync(join(tmpdir(), 'dockerflow-check-'))
  const file = openSync(join(folder, 'image.tar'), 'w+')
  const remove = () => rmSync(folder, { recursive: true, force: true })
  const { source, close } = openBlob(blob, name)
  try {
    for (;;) {
      const chunk = await source.read(1024 * 1024)
      if (chunk.length === 0) return { file, remove }
      writeSync(file, chunk)
    }
  } catch (err) {
    closeSync(file)
    remove()
    if (err instanceof ConformanceError) throw err
    throw new ConformanceError(
      `${name} can not be unpacked: ${(err as NodeJS.ErrnoException).code ?? (err as Error).message}`
    )
  } finally {
    close()
  }
}

interface Descriptor {
  mediaType?: string
  digest?: string
  size?: number
  platform?: { os?: string; architecture?: string; variant?: string }
  annotations?: Record<string, string>
}

interface Manifest {
  mediaType?: string
  config?: Descriptor
  layers?: Descriptor[]
  manifests?: Descriptor[]
}

const blobPath = (digest = '') => `blobs/${digest.replace(':', '/')}`

/** A part of an archive as JSON. @throws ConformanceError where it is none */
function readJson<T>(store: Store, path: string): T {
  const blob = store.get(path)
  if (!blob) throw new ConformanceError(`${store.name} lacks ${path}`)
  if (blob.size > JSON_LIMIT) throw new ConformanceError(`${path} of ${store.name} is larger than 4 MB`)
  try {
    const value: unknown = JSON.parse(readAt(blob, 0, blob.size).toString())
    if (typeof value === 'object' && value !== null) return value as T
  } catch {
    // Said below: the parser's own message quotes what it read.
  }
  throw new ConformanceError(`${path} of ${store.name} is not JSON`)
}

/** What is missing or wrong of a blob; undefined where all is right. */
function faultOf(
  store: Store,
  { digest, size }: Descriptor,
  what: string,
  hash: boolean
): string | undefined {
  const blob = store.get(blobPath(digest))
  const short = (digest ?? '').replace(/^sha256:/, '').slice(0, 12)
  if (!digest || !blob) return `${what} ${short} is missing`
  if (size !== undefined && size !== blob.size) return `${what} ${short} has ${blob.size} bytes, not ${size}`
  if (hash && digest.startsWith('sha256:') && blob.size <= JSON_LIMIT) {
    const found = createHash('sha256')
      .update(readAt(blob, 0, blob.size))
      .digest('hex')
    if (found !== digest.slice(7)) return `${what} ${short} has another digest`
  }
  return undefined
}

const isArray = (value: unknown): value is Descriptor[] => Array.isArray(value)

async function readIndex(store: Store, onProgress: (what: string) => void): Promise<ImageSet> {
  const set: ImageSet = { name: store.name, images: [], platforms: [], attestations: [] }
  const pending: { descriptor: Descriptor; depth: number }[] = []
  const add = (list: unknown, depth: number) => {
    if (isArray(list)) for (const descriptor of list) pending.push({ descriptor, depth })
  }
  add(readJson<Manifest>(store, 'index.json').manifests, 0)
  const seen = new Set<string>()
  let broken: ConformanceError | undefined
  for (let at = 0; at < pending.length; at++) {
    if (at >= MANIFEST_LIMIT)
      throw new ConformanceError(`${store.name} has more than ${MANIFEST_LIMIT} manifests: it is refused`)
    const { descriptor, depth } = pending[at] as (typeof pending)[number]
    const digest = descriptor.digest ?? ''
    const { os = '', architecture = '', variant } = descriptor.platform ?? {}
    const platform = [os, architecture, variant].filter(Boolean).join('/')
    const attests = descriptor.annotations?.['vnd.docker.reference.type'] === 'attestation-manifest'
    // One attestation may be named for several images; an image is one, however often it is named.
    const key = `${digest} ${attests ? descriptor.annotations?.['vnd.docker.reference.digest'] : ''}`
    if (seen.has(key)) continue
    seen.add(key)
    const fault = faultOf(store, descriptor, 'the manifest', true)
    if (fault) {
      if (!attests) set.platforms.push({ platform: platform || 'unknown', digest, faults: [fault] })
      continue
    }
    const manifest = readJson<Manifest>(store, blobPath(digest))
    if (isArray(manifest.manifests)) {
      if (depth >= 4) throw new ConformanceError(`${store.name} has indexes within indexes, more than 4 deep`)
      add(manifest.manifests, depth + 1)
      continue
    }
    if (attests) {
      const predicates = (manifest.layers ?? []).map(
        ({ annotations }) => annotations?.['in-toto.io/predicate-type'] ?? ''
      )
      set.attestations?.push({
        subject: descriptor.annotations?.['vnd.docker.reference.digest'] ?? '',
        predicates
      })
      continue
    }
    const layers = isArray(manifest.layers) ? manifest.layers : []
    const faults = [
      faultOf(store, manifest.config ?? {}, 'the configuration', true),
      ...layers.map((layer) => faultOf(store, layer, 'the layer', false))
    ].filter((found) => found !== undefined)
    let name = platform
    if (faults.length === 0) {
      const config = readJson<RawConfig>(store, blobPath(manifest.config?.digest))
      name = platform || [config.os, config.architecture, config.variant].filter(Boolean).join('/')
      onProgress(`reading ${store.name}, ${name}`)
      try {
        const blobs = layers.map(({ digest = '' }) => ({ digest, blob: store.get(blobPath(digest)) as Blob }))
        set.images.push(await toImage(store.name, name, digest, config, blobs))
      } catch (err) {
        if (!(err instanceof ConformanceError)) throw err
        broken ??= err
        faults.push(err.message)
      }
    }
    set.platforms.push({ platform: name || 'unknown', digest, faults })
  }
  if (set.images.length === 0) {
    throw (
      broken ??
      new ConformanceError(
        `${store.name} holds no whole image: ${set.platforms[0]?.faults[0] ?? 'its index is empty'}`
      )
    )
  }
  if (set.images.length > 1) for (const image of set.images) image.name = `${store.name} (${image.platform})`
  return set
}

async function readSaved(store: Store, onProgress: (what: string) => void): Promise<ImageSet> {
  const list = readJson<{ Config?: string; Layers?: string[] }[]>(store, 'manifest.json')
  if (!Array.isArray(list) || list.length === 0)
    throw new ConformanceError(`manifest.json of ${store.name} names no image`)
  if (list.length > MANIFEST_LIMIT)
    throw new ConformanceError(`${store.name} has more than ${MANIFEST_LIMIT} images: it is refused`)
  const set: ImageSet = { name: store.name, images: [], platforms: [], attestations: undefined }
  for (const { Config: path = '', Layers: paths = [] } of list) {
    const config = readJson<RawConfig>(store, path)
    const platform = [config.os, config.architecture, config.variant].filter(Boolean).join('/')
    onProgress(`reading ${store.name}`)
    const layers = paths.map((layer, index): Layer => {
      const blob = store.get(layer)
      if (!blob) throw new ConformanceError(`${store.name} lacks the layer ${layer}`)
      const found = /^blobs\/sha256\/([\da-f]{64})$/.exec(layer)?.[1]
      return { digest: found ? `sha256:${found}` : (config.rootfs?.diff_ids?.[index] ?? layer), blob }
    })
    const id = /([\da-f]{64})(?:\.json)?$/.exec(path)?.[1]
    const digest = id ? `sha256:${id}` : ''
    set.images.push(await toImage(store.name, platform, digest, config, layers))
    set.platforms.push({ platform: platform || 'unknown', digest, faults: [] })
  }
  return set
}

/** The parts of an image's configuration that are read. */
interface RawConfig {
  os?: string
  architecture?: string
  variant?: string
  rootfs?: { diff_ids?: string[] }
  history?: { created_by?: string }[]
  config?: {
    User?: string
    Entrypoint?: string[] | string | null
    Cmd?: string[] | string | null
    Env?: string[] | null
    WorkingDir?: string
    ExposedPorts?: Record<string, unknown> | null
    Labels?: Record<string, string> | null
    StopSignal?: string
  }
}

const strings = (value: unknown): string[] =>
  Array.isArray(value) ? value.map(String) : typeof value === 'string' && value !== '' ? [value] : []

function toConfig({ config = {}, history }: RawConfig): ImageConfig {
  return {
    user: String(config.User ?? ''),
    entrypoint: strings(config.Entrypoint),
    cmd: strings(config.Cmd),
    env: new Map(
      strings(config.Env).map((pair): [string, string] => {
        const at = pair.indexOf('=')
        return at < 0 ? [pair, ''] : [pair.slice(0, at), pair.slice(at + 1)]
      })
    ),
    workdir: String(config.WorkingDir ?? ''),
    exposed: Object.keys(config.ExposedPorts ?? {}),
    labels: new Map(Object.entries(config.Labels ?? {}).map(([name, value]) => [name, String(value)])),
    history: Array.isArray(history) ? history.map((entry) => String(entry?.created_by ?? '')) : [],
    stopSignal: config.StopSignal
  }
}

async function toImage(
  name: string,
  platform: string,
  digest: string,
  config: RawConfig,
  layers: Layer[]
): Promise<ImageFacts> {
  return {
    name,
    platform,
    digest,
    config: toConfig(config),
    layers: layers.map((layer) => layer.digest),
    ...(await mergeLayers(layers, name))
  }
}
