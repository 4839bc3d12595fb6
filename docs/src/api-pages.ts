import { join } from 'node:path'
import { Application } from 'typedoc'
import { entries } from '../../release/src/entries.ts'
import type { PublicPackage } from '../../release/src/packages.ts'

/** Writes the pages of a package's types, from the doc comments of its sources, into a folder. */
export async function writeApiPages({ manifest, path }: PublicPackage, folder: string): Promise<void> {
  const sources = entries(manifest, path).map(({ types }) =>
    join(path, types.replace('./dist/', 'src/').replace(/\.d\.ts$/, '.ts'))
  )
  const app = await Application.bootstrapWithPlugins({
    entryPoints: sources,
    tsconfig: join(path, 'tsconfig.build.json'),
    plugin: ['typedoc-plugin-markdown'],
    out: folder,
    name: `${manifest.name}: types`,
    readme: 'none',
    disableSources: true,
    excludeExternals: true,
    excludePrivate: true,
    // What has the compiler's errors is for `npm run typecheck` to find.
    skipErrorChecking: true,
    logLevel: 'Error',
    router: 'module',
    entryFileName: 'index',
    hideBreadcrumbs: true,
    hidePageHeader: true,
    useCodeBlocks: true,
    parametersFormat: 'table',
    interfacePropertiesFormat: 'table'
  } as never)
  const project = await app.convert()
  if (!project) throw new Error(`TypeDoc could not read ${manifest.name}`)
  await app.generateOutputs(project)
  if (app.logger.hasErrors()) throw new Error(`TypeDoc could not write down ${manifest.name}`)
}
