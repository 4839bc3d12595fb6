import { globSync } from 'node:fs'
import { join } from 'node:path'
import type { Manifest } from './packages.ts'

/** A module that users import. */
export interface Entry {
  /** What they import: `@dockerflow/checks/postgres`. */
  specifier: string
  /** The path of its declarations, from the package's folder. */
  types: string
  /** The path of its code. */
  code: string
}

const matches = (pattern: string, subpath: string) => {
  const [before = '', after = ''] = pattern.split('*')
  return pattern.includes('*') ? subpath.startsWith(before) && subpath.endsWith(after) : subpath === pattern
}

/** The modules of a package that users import, by its `exports`; those of a pattern are looked up in `folder`. */
export function entries({ name, exports = {} }: Manifest, folder: string): Entry[] {
  const closed = Object.keys(exports).filter((pattern) => exports[pattern] === null)
  return Object.entries(exports).flatMap(([subpath, target]) => {
    if (target === null || typeof target === 'string') return []
    const entry = (part: string): Entry => ({
      specifier: join(name, subpath.replace('*', part)),
      types: target.types.replace('*', part),
      code: target.default.replace('*', part)
    })
    if (!subpath.includes('*')) return [entry('')]
    const [before = '', after = ''] = target.types.replace(/^\.\//, '').split('*')
    return globSync(`${before}**/*${after}`, { cwd: folder })
      .sort()
      .map((file) => file.slice(before.length, file.length - after.length))
      .filter((part) => !closed.some((pattern) => matches(pattern, subpath.replace('*', part))))
      .filter((part) => !Object.hasOwn(exports, subpath.replace('*', part)) && part !== 'index')
      .map(entry)
  })
}
