import { readSync } from 'node:fs'
import { Readable, type Transform } from 'node:stream'
import { createGunzip, createZstdDecompress } from 'node:zlib'
import { ConformanceError } from '../errors.ts'
import type { ByteSource } from './tar.ts'

/** A part of an open file. */
export interface Blob {
  file: number
  offset: number
  size: number
}

const WINDOW = 256 * 1024
const CHUNK = 1024 * 1024
const GB = 1024 ** 3

/** Reads a part of a file, and skips through it without reading. */
export class FileSource implements ByteSource {
  position = 0
  readonly #blob: Blob
  readonly #window = Buffer.alloc(WINDOW)
  #start = 0
  #end = 0

  constructor(blob: Blob) {
    this.#blob = blob
  }

  read(size: number): Buffer {
    const length = Math.min(size, this.#blob.size - this.position)
    const at = this.position
    this.position += length
    if (length > WINDOW) return readAt(this.#blob, at, length)
    if (at < this.#start || at + length > this.#end) {
      this.#start = at
      this.#end =
        at +
        readSync(
          this.#blob.file,
          this.#window,
          0,
          Math.min(WINDOW, this.#blob.size - at),
          this.#blob.offset + at
        )
    }
    return Buffer.from(
      this.#window.subarray(at - this.#start, Math.min(at - this.#start + length, this.#end - this.#start))
    )
  }

  skip(size: number): number {
    const length = Math.min(size, this.#blob.size - this.position)
    this.position += length
    return length
  }
}

/** Bytes of a blob, all of them or as many as there are. */
export function readAt({ file, offset, size }: Blob, at: number, length: number): Buffer {
  const buffer = Buffer.alloc(Math.max(0, Math.min(length, size - at)))
  let read = 0
  while (read < buffer.length) {
    const count = readSync(file, buffer, read, buffer.length - read, offset + at + read)
    if (count === 0) break
    read += count
  }
  return buffer.subarray(0, read)
}

/** Reads a stream, chunk by chunk, up to a number of bytes. */
class StreamSource implements ByteSource {
  position = 0
  readonly #chunks: AsyncIterator<Buffer>
  readonly #limit: number
  readonly #name: string
  #chunk: Buffer = Buffer.alloc(0)

  constructor(stream: AsyncIterable<Buffer>, limit: number, name: string) {
    this.#chunks = stream[Symbol.asyncIterator]()
    this.#limit = limit
    this.#name = name
  }

  async #next(): Promise<boolean> {
    const { value, done } = await this.#chunks.next()
    if (done) return false
    this.#chunk = value
    this.position += value.length
    if (this.position > this.#limit) {
      throw new ConformanceError(
        `${this.#name} unpacks to more than ${Math.round(this.#limit / GB)} GB: it is refused`
      )
    }
    return true
  }

  async read(size: number): Promise<Buffer> {
    if (this.#chunk.length >= size) return this.#take(size)
    const parts: Buffer[] = []
    let left = size
    while (left > 0) {
      if (this.#chunk.length === 0 && !(await this.#next())) break
      const part = this.#take(Math.min(left, this.#chunk.length))
      parts.push(part)
      left -= part.length
    }
    return Buffer.concat(parts)
  }

  #take(size: number): Buffer {
    const part = this.#chunk.subarray(0, size)
    this.#chunk = this.#chunk.subarray(size)
    return part
  }

  async skip(size: number): Promise<number> {
    let left = size
    for (;;) {
      const here = Math.min(left, this.#chunk.length)
      this.#chunk = this.#chunk.subarray(here)
      left -= here
      if (left === 0 || !(await this.#next())) return size - left
    }
  }
}

/** What a blob is packed with, by its first bytes. */
export function packingOf(blob: Blob): 'gzip' | 'zstd' | 'none' {
  const head = readAt(blob, 0, 4)
  if (head.length >= 2 && head.readUInt16BE(0) === 0x1f8b) return 'gzip'
  if (head.length >= 4 && head.readUInt32BE(0) === 0x28b52ffd) return 'zstd'
  return 'none'
}

/** The chunks of a blob, in order. */
async function* chunksOf(blob: Blob): AsyncGenerator<Buffer> {
  for (let at = 0; at < blob.size; at += CHUNK) yield readAt(blob, at, Math.min(CHUNK, blob.size - at))
}

/**
 * The bytes of a blob, unpacked where it is packed: of gzip and zstd. What would grow beyond all measure is refused
 * while it is read.
 */
export function openBlob(blob: Blob, name: string): { source: ByteSource; close(): void } {
  const packing = packingOf(blob)
  if (packing === 'none') return { source: new FileSource(blob), close() {} }
  const unpack: Transform =
    packing === 'gzip' ? createGunzip({ chunkSize: CHUNK }) : createZstdDecompress({ chunkSize: CHUNK })
  const stream = Readable.from(chunksOf(blob))
    .on('error', (err) => unpack.destroy(err))
    .pipe(unpack)
  // A layer of zeros packs to a thousandth; one of files to a tenth.
  const limit = Math.min(16 * GB, Math.max(2 * GB, blob.size * 100))
  return { source: new StreamSource(stream, limit, name), close: () => void stream.destroy() }
}
