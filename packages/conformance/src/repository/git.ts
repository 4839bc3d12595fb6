import { closeSync, existsSync, openSync, readdirSync, readFileSync, readSync } from 'node:fs'
import { join, resolve } from 'node:path'

/**
 * Whether a clone holds an object of this name, which is how a commit is known to exist. Reads the files of git, and
 * runs none of it: a repository that is only looked at must not run its hooks and settings.
 * @returns undefined where the clone is shallow or partial, or none
 */
export function hasCommit(root: string, commit: string): boolean | undefined {
  try {
    const folder = gitFolder(root)
    const stores = [join(folder, 'objects')]
    const alternates = join(folder, 'objects/info/alternates')
    if (existsSync(alternates)) {
      const lines = readFileSync(alternates, 'utf8').split('\n').filter(Boolean).slice(0, 10)
      stores.push(...lines.map((line) => resolve(folder, 'objects', line)))
    }
    if (stores.some((store) => isIn(store, commit))) return true
    const whole =
      !existsSync(join(folder, 'shallow')) && !/promisor|partialclone/i.test(read(folder, 'config'))
    return whole && stores.some((store) => existsSync(join(store, 'pack'))) ? false : undefined
  } catch {
    return undefined
  }
}

const read = (folder: string, name: string) => readFileSync(join(folder, name), 'utf8')

/** The folder of git's files, also of a worktree. */
function gitFolder(root: string): string {
  const path = join(root, '.git')
  if (existsSync(join(path, 'objects'))) return path
  const link = resolve(
    root,
    readFileSync(path, 'utf8')
      .replace(/^gitdir:\s*/, '')
      .trim()
  )
  return existsSync(join(link, 'commondir')) ? resolve(link, read(link, 'commondir').trim()) : link
}

function isIn(store: string, commit: string): boolean {
  if (existsSync(join(store, commit.slice(0, 2), commit.slice(2)))) return true
  const packs = existsSync(join(store, 'pack')) ? readdirSync(join(store, 'pack')) : []
  return packs.some((name) => name.endsWith('.idx') && isIndexed(join(store, 'pack', name), commit))
}

/** Whether the index of a pack, version 2, lists an object: the names are sorted, after a table of their first bytes. */
function isIndexed(path: string, commit: string): boolean {
  const file = openSync(path, 'r')
  const at = (offset: number, length: number) => {
    const buffer = Buffer.alloc(length)
    readSync(file, buffer, 0, length, offset)
    return buffer
  }
  try {
    if (at(0, 8).toString('hex') !== 'ff744f6300000002') return false
    const wanted = Buffer.from(commit, 'hex')
    const first = wanted[0] as number
    let low = first === 0 ? 0 : at(8 + 4 * (first - 1), 4).readUInt32BE()
    let high = at(8 + 4 * first, 4).readUInt32BE()
    while (low < high) {
      const middle = (low + high) >>> 1
      const order = Buffer.compare(at(8 + 1024 + 20 * middle, 20), wanted)
      if (order === 0) return true
      if (order < 0) low = middle + 1
      else high = middle
    }
    return false
  } finally {
    closeSync(file)
  }
}
