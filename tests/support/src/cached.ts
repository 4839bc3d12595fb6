import { existsSync } from 'node:fs'
import { mkdir, mkdtemp, rename, rm } from 'node:fs/promises'
import { fileURLToPath } from 'node:url'

const cache = fileURLToPath(new URL('../node_modules/.cache/', import.meta.url))

/**
 * A folder that `fill` fills once and that later runs find again: what costs seconds to make and never changes. It
 * appears whole or not at all, however many processes want it. Resolves with its path.
 */
export async function cached(name: string, fill: (partial: string) => Promise<void> | void): Promise<string> {
  const folder = `${cache}${name}`
  if (existsSync(folder)) return folder
  await mkdir(cache, { recursive: true })
  const partial = await mkdtemp(`${folder}-`)
  try {
    await fill(partial)
    await rename(partial, folder)
  } catch (err) {
    await rm(partial, { recursive: true, force: true })
    if (!existsSync(folder)) throw err // else another process was faster
  }
  return folder
}
