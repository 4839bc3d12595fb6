import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { run } from './programs.ts'

/** The lines of Node that the packages are promised to work on. */
const majors = [22, 24, 26]

/** A Node of its own. */
export interface Node {
  version: string
  /** The path of the program. */
  program: string
}

/** The newest Node of each line, from the packages that npm has of them. */
export async function installNodes(folder: string, env: NodeJS.ProcessEnv, lines = majors): Promise<Node[]> {
  await mkdir(folder, { recursive: true })
  const platform = `node-${process.platform === 'win32' ? 'win' : process.platform}-${process.arch}`
  const dependencies = Object.fromEntries(lines.map((major) => [`node-${major}`, `npm:${platform}@${major}`]))
  await writeFile(join(folder, 'package.json'), JSON.stringify({ private: true, dependencies }))
  await run('npm', ['install', '--prefer-offline', '--no-package-lock'], { cwd: folder, env })
  return Promise.all(
    lines.map(async (major) => {
      const program = join(folder, `node_modules/node-${major}/bin/node`)
      return { program, version: (await run(program, ['--version'], { cwd: folder })).trim() }
    })
  )
}
