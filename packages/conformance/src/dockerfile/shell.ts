import { expand, type Lookup, UNRESOLVED } from './expand.ts'

/** A simple command of a shell script: its words, variables filled in, and the files that it appends or writes to. */
export interface Command {
  words: string[]
  writes: string[]
}

/** More commands than this in one RUN are not looked at. */
const COMMAND_LIMIT = 20_000

const KEYWORDS = new Set([
  'if',
  'then',
  'else',
  'elif',
  'fi',
  'do',
  'done',
  'while',
  'until',
  '!',
  '{',
  '}',
  'time'
])

/**
 * The simple commands of a shell script, whatever it takes for them to run: an approximation that knows quotes,
 * variables, separators and assignments, which is what decides who is in /etc/passwd.
 */
export function commandsOf(script: string, lookup: Lookup): Command[] {
  const commands: Command[] = []
  const assigned = new Map<string, string>()
  const find: Lookup = (name) => assigned.get(name) ?? lookup(name)
  let words: string[] = []
  let writes: string[] = []
  let word: string | null = null
  let redirect = false

  const endWord = () => {
    if (word === null) return
    if (redirect) writes.push(word)
    else words.push(word)
    word = null
    redirect = false
  }
  const endCommand = () => {
    endWord()
    redirect = false
    while (words.length > 0) {
      const [first = ''] = words
      const assignment = /^([A-Za-z_]\w*)=([\s\S]*)$/.exec(first)
      if (assignment) assigned.set(assignment[1] as string, assignment[2] as string)
      else if (!KEYWORDS.has(first)) break
      words.shift()
    }
    if ((words.length > 0 || writes.length > 0) && commands.length < COMMAND_LIMIT) {
      commands.push({ words, writes })
    }
    words = []
    writes = []
  }

  for (let at = 0; at < script.length; at++) {
    const char = script[at] as string
    if (char === "'") {
      const end = script.indexOf("'", at + 1)
      word = (word ?? '') + script.slice(at + 1, end < 0 ? undefined : end)
      at = end < 0 ? script.length : end
    } else if (char === '"') {
      let end = at + 1
      while (end < script.length && script[end] !== '"') end += script[end] === '\\' ? 2 : 1
      word = (word ?? '') + expand(script.slice(at + 1, end), find).replace(/\\(["\\`])/g, '$1')
      at = end
    } else if (char === '\\') {
      if (script[at + 1] !== '\n') word = (word ?? '') + (script[at + 1] ?? '')
      at++
    } else if (char === '$' && script[at + 1] === '(') {
      // What a command prints is not known; what it runs may matter.
      const end = closingParenthesis(script, at + 1)
      word = (word ?? '') + UNRESOLVED
      at = end
    } else if (char === '$') {
      const end = variableEnd(script, at)
      const value = expand(script.slice(at, end), find)
      // Unquoted, a value with blanks is several words.
      const [first = '', ...more] = value.split(/\s+/)
      word = (word ?? '') + first
      for (const next of more) {
        endWord()
        word = next
      }
      at = end - 1
    } else if (char === '`') {
      const end = script.indexOf('`', at + 1)
      word = (word ?? '') + UNRESOLVED
      at = end < 0 ? script.length : end
    } else if (char === '#' && word === null) {
      const end = script.indexOf('\n', at)
      at = end < 0 ? script.length : end - 1
    } else if (char === '>' || char === '<') {
      if (word !== null && /^\d+$/.test(word)) word = null
      endWord()
      while (/[>&<|]/.test(script[at + 1] ?? '')) at++
      redirect = char === '>'
      if (char === '<') {
        // An input: its name is no argument.
        redirect = true
        const rest = /^\s*\S+/.exec(script.slice(at + 1, at + 4097))?.[0] ?? ''
        at += rest.length
        redirect = false
      }
    } else if (
      char === '\n' ||
      char === ';' ||
      char === '&' ||
      char === '|' ||
      char === '(' ||
      char === ')'
    ) {
      endCommand()
    } else if (/\s/.test(char)) {
      endWord()
    } else {
      word = (word ?? '') + char
    }
  }
  endCommand()
  return commands.flatMap((command) => unwrap(command, find))
}

function variableEnd(script: string, at: number): number {
  if (script[at + 1] === '{') {
    let depth = 0
    for (let end = at + 1; end < script.length; end++) {
      if (script[end] === '{') depth++
      else if (script[end] === '}' && --depth === 0) return end + 1
    }
    return script.length
  }
  return at + 1 + (/^[A-Za-z_]\w*|^[\d?!@*#$-]/.exec(script.slice(at + 1, at + 129))?.[0].length ?? 0)
}

function closingParenthesis(script: string, open: number): number {
  let depth = 0
  for (let at = open; at < script.length; at++) {
    if (script[at] === '(') depth++
    else if (script[at] === ')' && --depth === 0) return at
  }
  return script.length
}

const SHELLS = new Set(['sh', 'bash', 'ash', 'dash', 'zsh'])

/** The name of the program that a command runs, without its folder. */
export const programOf = ({ words }: Command) => (words[0] ?? '').replace(/^.*\//, '')

/** A command without sudo, env and the like before it; what `sh -c` runs in place of it. */
function unwrap(command: Command, lookup: Lookup, depth = 0): Command[] {
  const { words, writes } = command
  const program = programOf(command)
  if (depth < 4 && SHELLS.has(program)) {
    const at = words.findIndex((word) => /^-[a-z]*c$/.test(word))
    const script = words[at + 1]
    if (at > 0 && script !== undefined) return commandsOf(script, lookup)
  }
  if (depth < 4 && /^(?:sudo|env|command|exec|nice|nohup|eatmydata)$/.test(program)) {
    const rest = words.slice(1)
    while (rest.length > 0 && /^-|^[A-Za-z_]\w*=/.test(rest[0] as string)) rest.shift()
    if (rest.length > 0) return unwrap({ words: rest, writes }, lookup, depth + 1)
  }
  return [command]
}
