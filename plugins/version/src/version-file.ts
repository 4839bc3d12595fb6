import { readFile, stat } from 'node:fs/promises'
import {
  DOCKERFLOW_VERSION_INVALID_FILE,
  DOCKERFLOW_VERSION_INVALID_OPTION,
  DOCKERFLOW_VERSION_UNREADABLE_FILE
} from './errors.ts'
import { parseVersion, type VersionObject } from './version-object.ts'

/** A version object, and the bytes that it is served as. */
export interface LoadedVersion {
  bytes: Buffer
  object: VersionObject
}

const maxSize = 65_536

/** The version file at `path`; null when there is no such file. */
export async function loadVersionFile(path: string): Promise<LoadedVersion | null> {
  let bytes: Buffer | null
  try {
    const stats = await stat(path)
    // Before the read, which would wait on a pipe, and never end on a device.
    bytes = stats.isFile() && stats.size <= maxSize ? await readFile(path) : null
  } catch (err) {
    const { code = 'unknown error' } = err as NodeJS.ErrnoException
    if (code === 'ENOENT') return null
    throw new DOCKERFLOW_VERSION_UNREADABLE_FILE(path, code, { cause: err })
  }
  if (bytes === null) {
    throw new DOCKERFLOW_VERSION_INVALID_FILE(path, `must be a regular file of at most ${maxSize} bytes`)
  }
  const parsed = parseVersion(bytes)
  if ('fault' in parsed) throw new DOCKERFLOW_VERSION_INVALID_FILE(path, parsed.fault)
  return { bytes, object: parsed.object }
}

/** The version object that the option `version` is or returns. What a function throws is passed on. */
export async function loadVersion(
  version: VersionObject | (() => VersionObject | Promise<VersionObject>)
): Promise<LoadedVersion> {
  const bytes = toBytes(typeof version === 'function' ? await version() : version)
  const parsed = parseVersion(bytes)
  if ('fault' in parsed) throw new DOCKERFLOW_VERSION_INVALID_OPTION('version', parsed.fault)
  return { bytes, object: parsed.object }
}

function toBytes(version: unknown): Buffer {
  try {
    return Buffer.from(JSON.stringify(version) ?? 'null')
  } catch {
    throw new DOCKERFLOW_VERSION_INVALID_OPTION('version', 'must be an object that JSON can hold')
  }
}
