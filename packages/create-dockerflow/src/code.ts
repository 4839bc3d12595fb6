/** A piece of a file's text and what takes its place. */
export interface Replacement {
  start: number
  end: number
  text: string
}

const beforeRegex = /(?:^|[(,=:[!&|?{};+\n]|\breturn|=>)\s*$/

/**
 * The same code with the content of its comments, strings and regular expressions blanked, so that what is found in it
 * is code, at the same place.
 */
export function mask(code: string): string {
  let masked = ''
  const blank = (end: number) => {
    masked += code.slice(masked.length, end).replace(/[^\n]/g, ' ')
  }
  /** The end of a quoted text that begins at `start`. */
  const endOf = (start: number, quote: string) => {
    for (let i = start + 1; i < code.length; i++) {
      if (code[i] === '\\') i++
      else if (code[i] === quote) return i + 1
      else if (quote === '`' && code.startsWith('${', i)) i = skipExpression(i + 2)
    }
    return code.length
  }
  /** The place of the brace that ends a template's expression. */
  const skipExpression = (start: number): number => {
    let depth = 1
    for (let i = start; i < code.length; i++) {
      const char = code[i] as string
      if (`'"\``.includes(char)) i = endOf(i, char) - 1
      else if (char === '{') depth++
      else if (char === '}' && --depth === 0) return i
    }
    return code.length
  }
  const endOfRegex = (start: number) =>
    /^\/(?:\\.|\[(?:\\.|[^\]\\\n])*\]|[^/\\[\n])+\/\w*/.exec(code.slice(start))?.[0].length
  while (masked.length < code.length) {
    const i = masked.length
    const char = code[i] as string
    if (code.startsWith('//', i)) blank((code.indexOf('\n', i) + code.length + 1) % (code.length + 1))
    else if (code.startsWith('/*', i))
      blank(code.indexOf('*/', i) < 0 ? code.length : code.indexOf('*/', i) + 2)
    else if (`'"\``.includes(char)) blank(endOf(i, char))
    else if (char === '/' && beforeRegex.test(masked.slice(-20)) && endOfRegex(i))
      blank(i + (endOfRegex(i) as number))
    else masked += char
  }
  return masked
}

/** The place of the bracket that closes the one at `open`; -1 where there is none. */
export function closing(masked: string, open: number): number {
  let depth = 0
  for (let i = open; i < masked.length; i++) {
    if ('([{'.includes(masked[i] as string)) depth++
    else if (')]}'.includes(masked[i] as string) && --depth === 0) return i
  }
  return -1
}

/** A member of an object literal, and where it stands, with the comma behind it. */
export interface Member {
  name: string
  value: string
  start: number
  end: number
}

/**
 * The members of the object literal from `open` to `close`; undefined where one is anything but `name: value`.
 *
 * @param code as it is, of which `masked` is the mask
 */
export function membersOf(code: string, masked: string, open: number, close: number): Member[] | undefined {
  const members: Member[] = []
  let at = open + 1
  while (masked.slice(at, close).trim() !== '') {
    let end = at
    while (end < close && masked[end] !== ',')
      end = '([{'.includes(masked[end] as string) ? closing(masked, end) + 1 : end + 1
    const [, lead = '', name, value = ''] = /^(\s*)(\w+)\s*:\s*([\s\S]*?)\s*$/.exec(code.slice(at, end)) ?? []
    if (name === undefined || !/^\s*\w+\s*:/.test(masked.slice(at, end))) return undefined
    members.push({ name, value, start: at + lead.length, end: Math.min(end + 1, close) })
    at = end + 1
  }
  return members
}

/** The text with all replacements, which don't overlap. */
export function replace(text: string, replacements: Replacement[]): string {
  return replacements
    .toSorted((a, b) => b.start - a.start)
    .reduce((result, { start, end, text }) => result.slice(0, start) + text + result.slice(end), text)
}

/** All matches of a pattern. */
export const all = (text: string, pattern: RegExp): RegExpExecArray[] =>
  [...text.matchAll(new RegExp(pattern, 'gm'))] as RegExpExecArray[]

/** How a file is written. */
export interface Style {
  quote: string
  semicolon: string
  isModule: boolean
}

export function styleOf(code: string, isModule: boolean): Style {
  const masked = mask(code)
  const lines = masked.split('\n').filter((line) => /\S/.test(line))
  const ended = lines.filter((line) => line.trimEnd().endsWith(';')).length
  return {
    quote: code.split('"').length > code.split("'").length ? '"' : "'",
    semicolon: ended > lines.length / 5 ? ';' : '',
    isModule: isModule || /^import\s/m.test(masked)
  }
}
