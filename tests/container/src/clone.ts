import { execFileSync } from 'node:child_process'
import { chmodSync, copyFileSync, mkdirSync, statSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { root } from '@dockerflow/testing/root'

/** Copies what git would of the working copy, as if a user whose umask leaves `rights` had cloned it now: all of it is new. */
export function clone(folder: string, rights = 0o755): void {
  const list = ['ls-files', '--cached', '--others', '--exclude-standard', '-z']
  const files = execFileSync('git', list, { cwd: root, encoding: 'utf8' }).split('\0').filter(Boolean)
  for (const path of files) {
    const [from, to] = [join(root, path), join(folder, path)]
    mkdirSync(dirname(to), { recursive: true, mode: rights })
    copyFileSync(from, to)
    chmodSync(to, statSync(from).mode & rights)
  }
}
