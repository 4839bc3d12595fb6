import { globSync } from 'node:fs'
import { join } from 'node:path'
import { root } from './packages.ts'
import { run } from './programs.ts'
import type { Registry } from './registry.ts'

/** Packs every public package as a release does, unless a release already did, and publishes it to `registry`. */
export async function publishAll({ env }: Registry, work: string): Promise<void> {
  // A release rehearses with its own archives: what is published after that is what was tested here.
  const packed = process.env.DOCKERFLOW_PACKED ?? join(work, 'packed')
  if (!process.env.DOCKERFLOW_PACKED) {
    await run(process.execPath, [join(root, 'release/src/pack-all.ts'), packed], { cwd: root })
  }
  for (const archive of globSync('*.tgz', { cwd: packed })) {
    await run('npm', ['publish', join(packed, archive), '--access', 'public'], { cwd: work, env })
  }
}
