import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { root } from '@dockerflow/testing/root'

/**
 * A search path on which `npx --yes dockerflow@VERSION` is the command of this repository, which no registry has yet.
 * @param folder for the program, which is made
 */
export function npx(folder: string): string {
  mkdirSync(folder, { recursive: true })
  const program = join(root, 'packages/dockerflow/bin/dockerflow.js')
  const script = `#!/bin/sh
case "$1 $2" in '--yes dockerflow@'[0-9l]*) ;; *) exit 64 ;; esac
shift 2
exec '${process.execPath}' '${program}' "$@"
`
  writeFileSync(join(folder, 'npx'), script, { mode: 0o755 })
  return `${folder}:${process.env.PATH}`
}
