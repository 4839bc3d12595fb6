import { randomBytes } from 'node:crypto'
import {
  chmodSync,
  existsSync,
  mkdirSync,
  readdirSync,
  renameSync,
  rmdirSync,
  rmSync,
  statSync,
  writeFileSync
} from 'node:fs'
import { basename, dirname, join, parse, relative, resolve } from 'node:path'
import { explain } from './errors.ts'
import type { Files } from './project.ts'

function stage(folder: string, files: Files): void {
  mkdirSync(folder)
  for (const [path, { text, executable }] of files) {
    const file = join(folder, path)
    mkdirSync(dirname(file), { recursive: true })
    // Flushed: a disk that is full says so here, and not after the rename.
    writeFileSync(file, text, { flush: true })
    if (executable) chmodSync(file, 0o755)
  }
}

/** Moves what was staged to its place. What was there before is kept until all is in place, and put back at a fault. */
function moveInto(folder: string, staged: string, files: Files): void {
  const undo: (() => void)[] = []
  const kept = join(staged, '.before')
  mkdirSync(kept)
  try {
    for (const path of files.keys()) {
      const target = join(folder, path)
      for (const missing of missingFolders(folder, dirname(target))) {
        mkdirSync(missing)
        undo.push(() => rmdirSync(missing))
      }
      if (existsSync(target)) {
        const before = join(kept, String(undo.length))
        const { mode } = statSync(target)
        renameSync(target, before)
        undo.push(() => renameSync(before, target))
        chmodSync(join(staged, path), mode)
      }
      renameSync(join(staged, path), target)
      undo.push(() => rmSync(target))
    }
  } catch (error) {
    for (const step of undo.reverse()) step()
    throw error
  }
}

/** The folders above `path` that aren't there, from the top. */
function missingFolders(folder: string, path: string): string[] {
  const parts = relative(folder, path).split(/[\\/]/).filter(Boolean)
  return parts.map((_, i) => join(folder, ...parts.slice(0, i + 1))).filter((part) => !existsSync(part))
}

/**
 * Writes the files to a folder: all, or none. It is synchronous, so that a signal's handler runs before or after.
 * @throws {UserError} which names the folder, where the disk is full, or may not be written to
 */
export function writeAll(folder: string, files: Files): void {
  const target = resolve(folder)
  const isNew = !existsSync(target)
  const name = `.${basename(target)}-${randomBytes(6).toString('hex')}`
  const made = isNew ? missingFolders(parse(target).root, dirname(target)) : []
  const staged = isNew ? join(dirname(target), name) : join(target, name)
  try {
    if (isNew) mkdirSync(dirname(target), { recursive: true })
    stage(staged, files)
    if (isNew) renameSync(staged, target)
    else moveInto(target, staged, files)
  } catch (error) {
    rmSync(staged, { recursive: true, force: true })
    // The folders above it, where this made them and they hold nothing else.
    for (const path of made.reverse()) if (existsSync(path) && readdirSync(path).length === 0) rmdirSync(path)
    throw explain(error, folder)
  }
  if (!isNew) rmSync(staged, { recursive: true, force: true })
}
