import { ConformanceError } from '../errors.ts'

/** Where the bytes of an archive come from: a file that can be skipped through, or a stream. */
export interface ByteSource {
  /** The next `size` bytes; fewer where it ends. */
  read(size: number): Promise<Buffer> | Buffer
  /** How many bytes were there to skip. */
  skip(size: number): Promise<number> | number
  /** How many bytes were read or skipped. */
  readonly position: number
}

export interface TarEntry {
  /** As the archive has it, with a name of any length. */
  name: string
  type: 'file' | 'folder' | 'link' | 'hardlink' | 'other'
  mode: number
  uid: number
  gid: number
  size: number
  link: string
  /** Its contents; to be called before the next entry is asked for. */
  contents(): Promise<Buffer>
}

/** A name or an extended header that is longer is refused. */
const HEADER_LIMIT = 1024 * 1024

const ZEROS = Buffer.alloc(512)

const TYPES: Record<string, TarEntry['type']> = {
  '0': 'file',
  '\0': 'file',
  '7': 'file',
  '1': 'hardlink',
  '2': 'link',
  '5': 'folder'
}

/**
 * The entries of a tar archive, one after the other: ustar, with the extensions of pax and GNU.
 * @throws ConformanceError where it is no such archive, or is cut off
 */
export async function* readTar(source: ByteSource, name: string): AsyncGenerator<TarEntry> {
  let pax = new Map<string, string>()
  let longName: string | undefined
  let longLink: string | undefined
  for (;;) {
    const header = await source.read(512)
    if (header.length === 0) return
    if (header.length < 512) throw new ConformanceError(`${name} is cut off: expected a whole tar archive`)
    // Two blocks of zeros end it; what follows is padding.
    if (header.equals(ZEROS)) return
    if (!hasChecksum(header)) throw new ConformanceError(`${name} is not a tar archive`)
    const type = String.fromCharCode(header[156] as number)
    const size = Number(pax.get('size') ?? number(header, 124, 12))
    if (!Number.isSafeInteger(size) || size < 0)
      throw new ConformanceError(`${name} has an entry of an impossible size`)
    const padding = (512 - (size % 512)) % 512
    if ('xgLKNV'.includes(type)) {
      if (size > HEADER_LIMIT) throw new ConformanceError(`${name} has a header of more than 1 MB`)
      const body = await source.read(size)
      await source.skip(padding)
      if (type === 'x') pax = paxOf(body)
      else if (type === 'L') longName = cString(body)
      else if (type === 'K') longLink = cString(body)
      continue
    }
    const prefix = header.toString('latin1', 257, 262) === 'ustar' ? cString(header, 345, 500) : ''
    const short = cString(header, 0, 100)
    const fullName = pax.get('path') ?? longName ?? (prefix === '' ? short : `${prefix}/${short}`)
    const kind = TYPES[type] ?? 'other'
    const isFile = kind === 'file'
    let left = size
    yield {
      name: fullName,
      type: isFile && fullName.endsWith('/') ? 'folder' : kind,
      mode: number(header, 100, 8) & 0o7777,
      uid: Number(pax.get('uid') ?? number(header, 108, 8)),
      gid: Number(pax.get('gid') ?? number(header, 116, 8)),
      size: isFile ? size : 0,
      link: pax.get('linkpath') ?? longLink ?? cString(header, 157, 257),
      async contents() {
        const body = await source.read(left)
        if (body.length < left) throw new ConformanceError(`${name} is cut off: expected a whole tar archive`)
        left = 0
        return body
      }
    }
    if ((await source.skip(left + padding)) < left) {
      throw new ConformanceError(`${name} is cut off: expected a whole tar archive`)
    }
    pax = new Map()
    longName = undefined
    longLink = undefined
  }
}

function hasChecksum(header: Buffer): boolean {
  const expected = number(header, 148, 8)
  let sum = 8 * 32
  for (let at = 0; at < 512; at++) if (at < 148 || at >= 156) sum += header[at] as number
  return sum === expected
}

/** A number in octal, or in base 256 where it is large. */
function number(header: Buffer, at: number, length: number): number {
  const first = header[at] as number
  if (first & 0x80) {
    let value = first & 0x7f
    for (let index = at + 1; index < at + length; index++) value = value * 256 + (header[index] as number)
    return value
  }
  // No string for each: an image may have a million entries, with five numbers each.
  let value: number | undefined
  for (let index = at; index < at + length; index++) {
    const byte = header[index] as number
    if (byte >= 48 && byte < 56) value = (value ?? 0) * 8 + byte - 48
    else if (value !== undefined) break
    // What comes first is padding, as Go's archive/tar reads it, and so Docker.
    else if (byte !== 32 && byte !== 0) return Number.NaN
  }
  return value ?? 0
}

/** The text from one place to another, or to the first NUL. */
function cString(bytes: Buffer, start = 0, end = bytes.length): string {
  const nul = bytes.indexOf(0, start)
  return bytes.toString('utf8', start, nul < 0 || nul > end ? end : nul)
}

/** Records of an extended header: `LENGTH KEY=VALUE\n`. */
function paxOf(body: Buffer): Map<string, string> {
  const records = new Map<string, string>()
  for (let at = 0; at < body.length; ) {
    const blank = body.indexOf(32, at)
    const length = Number(body.toString('latin1', at, blank))
    if (blank < 0 || !(length > 0)) break
    const record = body.toString('utf8', blank + 1, at + length - 1)
    const equals = record.indexOf('=')
    if (equals > 0) records.set(record.slice(0, equals), record.slice(equals + 1))
    at += length
  }
  return records
}
