import { globSync, readFileSync } from 'node:fs'
import { mkdir, readFile, writeFile } from 'node:fs/promises'
import { dirname, extname, join } from 'node:path'
import { root } from './packages.ts'

/** A block of code of a page. */
export interface Block {
  /** What stands after the fence: `ts`, `sh`, `dockerfile`. */
  language: string
  code: string
  /** The file that the paragraph before it names, as in «`src/app.ts`:»; undefined where it names none. */
  file: string | undefined
}

/** A README or a guide. */
export interface Page {
  /** Its path in the repository. */
  path: string
  blocks: Block[]
  /** What it tells you to install, in the order of the page; empty where it says nothing. */
  installs: string[]
}

/** Code blocks by the file's extension; a Dockerfile has none. */
const languages: Record<string, string> = { '': 'dockerfile', '.ts': 'ts', '.yml': 'yaml' }

/** A text with the files in it whose place it holds: `<!-- code: plugins/all/examples/server.ts -->`. */
export const withCode = (text: string): string =>
  text.replace(
    /<!-- code: (\S+) -->/g,
    (_comment, file: string) =>
      `\`\`\`${languages[extname(file)] ?? ''}\n${readFileSync(join(root, file), 'utf8')}\`\`\``
  )

/** The blocks of code of a page, also those of a list, which are indented. */
export const blocksOf = (text: string): Block[] =>
  [...text.matchAll(/^( *)```(\w+)[^\n]*\n([\s\S]*?)^\1```$/gm)].map((match) => {
    const [, indent = '', language = '', code = ''] = match
    const paragraph = text.slice(0, match.index).trimEnd().split('\n\n').at(-1) ?? ''
    return {
      language,
      code: code.replaceAll(new RegExp(`^${indent}`, 'gm'), ''),
      file: /`([\w./-]+\.(?:[cm]?[jt]s|json|yaml))`/.exec(paragraph)?.[1]
    }
  })

/** What the `npm install` lines of a page's shell blocks name. */
export const installsOf = (blocks: Block[]): string[] => {
  const lines = blocks
    .filter(({ language }) => language === 'sh')
    .flatMap(({ code }) => [...code.matchAll(/^npm install ([^#\n]*)/gm)].map(([, names = '']) => names))
  return [
    ...new Set(lines.flatMap((names) => names.split(/\s+/).filter((name) => name && !name.startsWith('-'))))
  ]
}

export function readPage(path: string): Page {
  const blocks = blocksOf(withCode(readFileSync(join(root, path), 'utf8')))
  return { path, blocks, installs: installsOf(blocks) }
}

/** Whether a block is code for Node. */
export const isCode = ({ language }: Block): boolean => /^[cm]?[jt]s$/.test(language)

/** These make one project of the whole page, and have tests of their own. */
export const journeys = ['bundling', 'commonjs', 'fastify-cli', 'nestjs', 'platform-teams'].map(
  (name) => `docs/guides/${name}.md`
)

/** Every other README and guide that has code for users in it. */
export const pages = (): Page[] =>
  globSync(['README.md', 'docs/guides/*.md', 'docs/migration/*.md', '{packages,plugins}/*/README.md'], {
    cwd: root
  })
    .sort()
    .filter((path) => !journeys.includes(path))
    .map(readPage)
    .filter(({ blocks }) => blocks.some(isCode))

/** Whether a block is a module of its own, and no fragment of one. */
export const isModule = ({ code }: Block): boolean => /^(?:import|const .*require\()/m.test(code)

/** Whether it is a program that listens. */
export const serves = ({ code }: Block): boolean => /\bserve\(|\.listen\(/.test(code)

/** Writes each block of a page that names its file into `folder`; what it shows of package.json is added to that. */
export async function writeFiles(page: Page, folder: string): Promise<void> {
  for (const { file, code } of page.blocks) {
    if (file === undefined) continue
    const path = join(folder, file)
    await mkdir(dirname(path), { recursive: true })
    if (file === 'package.json') {
      const manifest = JSON.parse(await readFile(path, 'utf8'))
      const { scripts, ...shown } = JSON.parse(code)
      Object.assign(manifest, shown, { scripts: { ...manifest.scripts, ...scripts } })
      await writeFile(path, JSON.stringify(manifest, null, 2))
    } else {
      await writeFile(path, code)
    }
  }
}
