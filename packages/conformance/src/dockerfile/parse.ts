import { ConformanceError } from '../errors.ts'

/** One instruction of a Dockerfile, continuation lines joined and comments taken out. */
export interface Instruction {
  /** In capitals, such as `RUN`. */
  keyword: string
  /** The line that it starts on, from 1. */
  line: number
  /** The line that it ends on, here-documents included. */
  endLine: number
  /** Options before the arguments: `--from=build` is `['from', 'build']`. A flag without a value is blank. */
  flags: [name: string, value: string][]
  /** All after the keyword and the flags. */
  text: string
  /** The arguments, where they are written as a JSON array of strings (the exec form). */
  exec: string[] | undefined
  heredocs: Heredoc[]
  /** Ids that a comment right above it lets off. */
  ignored: Set<string>
}

export interface Heredoc {
  name: string
  body: string
  /** Whether variables in the body are filled in: not where the name is quoted. */
  expands: boolean
}

export interface ParsedDockerfile {
  instructions: Instruction[]
  /** What continues a line, and keeps a `$` from being a variable. */
  escape: string
  /** Ids that a comment lets off in the stage of the FROM that starts on this line, or of the one above. */
  stageIgnores: { line: number; ids: Set<string> }[]
}

/** A larger Dockerfile is refused: nobody writes one. */
export const DOCKERFILE_LIMIT = 1024 * 1024

const IGNORE =
  /^#\s*dockerflow\s+(ignore|ignore-stage)\s*=\s*([A-Z0-9]+-\d+[a-z]?(?:\s*,\s*[A-Z0-9]+-\d+[a-z]?)*)/i

/** What keeps a heredoc's opening: `<<EOF`, `<<-EOF`, `<<"EOF"`, after an optional file descriptor. */
const HEREDOC = /(?:^|[\s\d])<<(-?)(["']?)([A-Za-z_][\w.]*)\2/g

const TAKES_HEREDOC = new Set(['RUN', 'COPY', 'ADD'])

/** `["a", "b"]` as an array; undefined where the text isn't one, which makes it the shell form. */
function execForm(text: string): string[] | undefined {
  if (!text.startsWith('[')) return undefined
  try {
    const value: unknown = JSON.parse(text)
    return Array.isArray(value) && value.every((item) => typeof item === 'string') ? value : undefined
  } catch {
    return undefined
  }
}

/** Takes the flags off the front of `text`. */
function takeFlags(text: string): { flags: [string, string][]; rest: string } {
  const flags: [string, string][] = []
  let rest = text
  for (;;) {
    const found = /^--([\w-]+)(?:=("(?:[^"\\]|\\.)*"|\S*))?(?:\s+|$)/.exec(rest)
    if (!found) return { flags, rest }
    flags.push([(found[1] as string).toLowerCase(), (found[2] ?? '').replace(/^"(.*)"$/, '$1')])
    rest = rest.slice(found[0].length)
  }
}

/** The escape character that a parser directive at the very top sets. */
function escapeOf(lines: string[]): string {
  for (const line of lines) {
    const directive = /^#\s*([a-z]+)\s*=\s*(.*?)\s*$/i.exec(line)
    if (!directive) return '\\'
    if (directive[1]?.toLowerCase() === 'escape') return directive[2] === '`' ? '`' : '\\'
  }
  return '\\'
}

/**
 * Reads a Dockerfile as BuildKit does: directives, continuation lines, comments inside them, here-documents.
 * @throws ConformanceError where it is too large, or no Dockerfile
 */
export function parseDockerfile(source: string, name: string): ParsedDockerfile {
  if (Buffer.byteLength(source) > DOCKERFILE_LIMIT) {
    throw new ConformanceError(`${name} is larger than 1 MB: expected a Dockerfile`)
  }
  if (source.includes('\0')) throw new ConformanceError(`${name} is binary: expected a Dockerfile`)
  const lines = source.replace(/^\uFEFF/, '').split(/\r?\n/)
  const escapeChar = escapeOf(lines)
  const instructions: Instruction[] = []
  const stageIgnores: ParsedDockerfile['stageIgnores'] = []
  let ignored = new Set<string>()

  for (let at = 0; at < lines.length; at++) {
    const first = (lines[at] as string).trimStart()
    if (first === '') continue
    if (first.startsWith('#')) {
      const comment = IGNORE.exec(first)
      if (!comment) continue
      const ids = (comment[2] as string).split(',').map((id) => normalId(id.trim()))
      if (comment[1]?.toLowerCase() === 'ignore') for (const id of ids) ignored.add(id)
      else stageIgnores.push({ line: at + 1, ids: new Set(ids) })
      continue
    }
    const line = at + 1
    const parts: string[] = []
    for (let current = first; ; ) {
      const trimmed = current.trimEnd()
      const continues = trimmed.endsWith(escapeChar)
      parts.push(continues ? trimmed.slice(0, -1) : trimmed)
      if (!continues) break
      // Comments and blank lines between continued lines are skipped.
      do at++
      while (at < lines.length && /^\s*(?:#|$)/.test(lines[at] as string))
      if (at >= lines.length) break
      current = lines[at] as string
    }
    const whole = parts.join(' ').trim()
    const keyword = (/^\S+/.exec(whole)?.[0] ?? '').toUpperCase()
    const { flags, rest } = takeFlags(whole.slice(keyword.length).trim())
    const heredocs: Heredoc[] = []
    if (TAKES_HEREDOC.has(keyword)) {
      for (const [, dash, quote, marker] of rest.matchAll(HEREDOC)) {
        const body: string[] = []
        at++
        for (; at < lines.length; at++) {
          const text = dash ? (lines[at] as string).replace(/^\t+/, '') : (lines[at] as string)
          if (text === marker) break
          body.push(text)
        }
        heredocs.push({ name: marker as string, body: body.join('\n'), expands: quote === '' })
      }
    }
    const endLine = Math.min(at + 1, lines.length)
    instructions.push({ keyword, line, endLine, flags, text: rest, exec: execForm(rest), heredocs, ignored })
    ignored = new Set()
  }
  return { instructions, escape: escapeChar, stageIgnores }
}

/** `app-3B` as `APP-3b`. */
export function normalId(id: string): string {
  return id.toUpperCase().replace(/(?<=\d)[A-Z]$/, (letter) => letter.toLowerCase())
}
