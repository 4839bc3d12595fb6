import { execFileSync } from 'node:child_process'
import { chmodSync, copyFileSync, mkdirSync, statSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { root } from './engine.ts'

/** Copies what git would of the working copy, as if a user with the umask 077 had cloned it now: all of it new, and for nobody else. */
export function clone(folder: string): void {
  const list = ['ls-files', '--cached', '--others', '--exclude-standard', '-z']
  const files = execFileSync('git', list, { cwd: root, encoding: 'utf8' }).split('\0').filter(Boolean)
  for (const path of files) {
    const [from, to] = [join(root, path), join(folder, path)]
    mkdirSync(dirname(to), { recursive: true, mode: 0o700 })
    copyFileSync(from, to)
    chmodSync(to, statSync(from).mode & 0o700)
  }
}
