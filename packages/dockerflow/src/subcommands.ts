import type { Subcommand } from './subcommand.ts'

type Entry = [summary: string, load: () => Promise<Subcommand>]

/** All subcommands, in the order of the help. A new one is a file beside this, and a line here. */
export const subcommands: Record<string, Entry> = {
  check: [
    'check whether a service complies: a URL, a Dockerfile, a repository, an image',
    () => import('./check.ts')
  ],
  init: ['make the Fastify service in this folder comply', () => import('./init.ts')],
  version: ['write the version file, /app/version.json', () => import('./version.ts')],
  logs: ['read mozlog lines from stdin, and write them for people', () => import('./logs.ts')]
}
