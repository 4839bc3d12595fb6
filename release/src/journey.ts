import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { type Page, writeFiles } from './pages.ts'
import { run } from './programs.ts'
import type { Registry } from './registry.ts'

/** The project of somebody who follows a page. */
export interface Project {
  folder: string
  /** Runs a command in it, as somebody types it. Resolves with its stdout. */
  type(command: string): Promise<string>
  /** Writes what the page names as a file, then types its `npm install` lines. */
  follow(page: Page): Promise<void>
}

/** The project in `folder`, which installs from `registry`. */
export function projectIn(registry: Registry, folder: string): Project {
  const type = (command: string) => run('sh', ['-c', command], { cwd: folder, env: registry.env })
  return {
    folder,
    type,
    async follow(page) {
      await writeFiles(page, folder)
      const commands = page.blocks.flatMap(({ language, code }) =>
        language === 'sh' ? (code.match(/^npm install .*$/gm) ?? []) : []
      )
      for (const command of commands) await type(command)
    }
  }
}

/** A new project in `folder`, with a package.json of these members. */
export async function startProject(registry: Registry, folder: string, manifest: object): Promise<Project> {
  await mkdir(folder, { recursive: true })
  await writeFile(
    join(folder, 'package.json'),
    JSON.stringify({ name: 'shop', version: '1.0.0', private: true, ...manifest }, null, 2)
  )
  return projectIn(registry, folder)
}
