import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { run } from './programs.ts'
import type { Registry } from './registry.ts'

/** How a user installs packages. */
export interface Installer {
  name: string
  /** Adds packages to the project in `folder`. */
  install(folder: string, names: string[]): Promise<unknown>
  /** What Node needs before the file that it runs. */
  flags: string[]
  /** Whether the compiler finds what is installed: it doesn't read Plug'n'Play. */
  compiles: boolean
}

/** The installers that a user may have, with `registry`; what they share is kept in `work`. */
export function installers(registry: Registry, work: string): Installer[] {
  const { env } = registry
  const yarn = (linker: string): Pick<Installer, 'install'> => ({
    async install(cwd, names) {
      const settings = [
        `npmRegistryServer: "${registry.url}"`,
        'unsafeHttpWhitelist: ["127.0.0.1"]',
        'enableTelemetry: false',
        'enableImmutableInstalls: false',
        // What was published a moment ago is not too new.
        'npmMinimalAgeGate: 0',
        `nodeLinker: ${linker}`,
        `globalFolder: ${JSON.stringify(join(work, 'yarn'))}`
      ]
      await writeFile(join(cwd, '.yarnrc.yml'), `${settings.join('\n')}\n`)
      await writeFile(join(cwd, 'yarn.lock'), '')
      await run('npx', ['--yes', '--package=@yarnpkg/cli-dist@4', 'yarn', 'add', ...names], { cwd, env })
    }
  })
  return [
    {
      name: 'npm',
      install: (cwd, names) => run('npm', ['install', ...names], { cwd, env }),
      flags: [],
      compiles: true
    },
    // Without any setting: a question or a refusal fails here.
    {
      name: 'pnpm',
      install: (cwd, names) => run('pnpm', ['add', ...names], { cwd, env }),
      flags: [],
      compiles: true
    },
    { name: 'yarn', ...yarn('node-modules'), flags: [], compiles: true },
    {
      name: "yarn with Plug'n'Play",
      ...yarn('pnp'),
      // As `yarn node` has it.
      flags: ['--require', './.pnp.cjs', '--experimental-loader', './.pnp.loader.mjs'],
      compiles: false
    }
  ]
}
