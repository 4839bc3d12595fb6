import { globSync, statSync } from 'node:fs'
import { join } from 'node:path'

/** The four that every service has; together they are small. */
export const core = ['heartbeat', 'lbheartbeat', 'mozlog', 'version']

/** The most that the code and the types of the four may take together, unpacked, in bytes. */
export const coreLimit = 210_000

export interface Sizes {
  /** All that is unpacked, in bytes. */
  total: number
  /** Of it, what was written here to be run or type-checked, with maps if there are any: not the README nor the license. */
  built: number
}

/** What an unpacked package takes. */
export function sizes(folder: string): Sizes {
  const files = globSync('**', { cwd: folder, withFileTypes: true }).filter((file) => file.isFile())
  const result = { total: 0, built: 0 }
  for (const { parentPath, name } of files) {
    const { size } = statSync(join(parentPath, name))
    result.total += size
    if (/\.(m?js|d\.ts|map)$/.test(name)) result.built += size
  }
  return result
}
