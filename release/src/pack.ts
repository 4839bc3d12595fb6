import { existsSync, globSync, readdirSync, rmSync } from 'node:fs'
import { mkdir } from 'node:fs/promises'
import { join } from 'node:path'
import { type PublicPackage, root } from './packages.ts'
import { environment, run } from './programs.ts'

/** How pnpm packs what is published. Where CI names no repository, the source is made up. */
export const packEnvironment = (env = environment): NodeJS.ProcessEnv => ({
  GITHUB_ACTIONS: 'true',
  GITHUB_SERVER_URL: 'https://git.example.com',
  GITHUB_REPOSITORY: 'example/dockerflow',
  ...env,
  pnpm_config_pnpmfile: join(root, 'release/pnpmfile.mjs')
})

/** Removes from a package's dist the types that an earlier build left behind, of a source that is gone. */
function sweep({ path }: PublicPackage): void {
  for (const file of globSync('dist/**/*.d.ts', { cwd: path })) {
    const stem = file.slice('dist/'.length, -'.d.ts'.length)
    // `write-schemas` makes schemas.d.ts of src/schema.ts.
    const source = stem === 'schemas' ? 'schema' : stem
    if (!existsSync(join(path, `src/${source}.ts`))) rmSync(join(path, file))
  }
}

/** Packs a package as a release does, and unpacks it: resolves with the archive, and the folder of its files. */
export async function pack(pkg: PublicPackage, to: string): Promise<{ archive: string; folder: string }> {
  sweep(pkg)
  const folder = join(to, pkg.folder)
  await mkdir(folder, { recursive: true })
  await run('pnpm', ['pack', '--silent', '--pack-destination', folder], {
    cwd: pkg.path,
    env: packEnvironment()
  })
  const [name] = readdirSync(folder)
  if (!name?.endsWith('.tgz')) throw new Error(`${pkg.manifest.name} was not packed`)
  const archive = join(folder, name)
  await run('tar', ['-xzf', archive, '-C', folder], { cwd: folder })
  return { archive, folder: join(folder, 'package') }
}
