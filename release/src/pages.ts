import { globSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { root } from './packages.ts'

/** A block of code of a page. */
export interface Block {
  /** What stands after the fence: `ts`, `sh`, `dockerfile`. */
  language: string
  code: string
}

/** A README or a guide. */
export interface Page {
  /** Its path in the repository. */
  path: string
  blocks: Block[]
  /** What it tells you to install, in the order of the page; empty where it says nothing. */
  installs: string[]
}

/** The blocks of code of a page. */
export const blocksOf = (text: string): Block[] =>
  [...text.matchAll(/^```(\w+)[^\n]*\n([\s\S]*?)^```$/gm)].map(([, language = '', code = '']) => ({
    language,
    code
  }))

/** What the `npm install` lines of a page's shell blocks name. */
export const installsOf = (blocks: Block[]): string[] => {
  const lines = blocks
    .filter(({ language }) => language === 'sh')
    .flatMap(({ code }) => [...code.matchAll(/^npm install ([^#\n]*)/gm)].map(([, names = '']) => names))
  return [
    ...new Set(lines.flatMap((names) => names.split(/\s+/).filter((name) => name && !name.startsWith('-'))))
  ]
}

/** Every README and guide that has code for users in it, and says what to install. */
export function pages(): Page[] {
  return globSync(
    ['README.md', 'docs/guides/*.md', 'docs/migration/*.md', '{packages,plugins}/*/README.md'],
    { cwd: root }
  )
    .sort()
    .map((path) => {
      const blocks = blocksOf(readFileSync(join(root, path), 'utf8'))
      return { path, blocks, installs: installsOf(blocks) }
    })
    .filter(({ blocks }) => blocks.some(({ language }) => /^[tj]s$/.test(language)))
}

/** Whether a block is a module of its own, and no fragment of one. */
export const isModule = ({ code }: Block): boolean => /^(?:import|const .*require\()/m.test(code)

/** Whether it is a program that listens. */
export const serves = ({ code }: Block): boolean => /\bserve\(|\.listen\(/.test(code)
