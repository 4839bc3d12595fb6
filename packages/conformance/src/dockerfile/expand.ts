/** Stands in a text for what can't be known from the Dockerfile, such as an ARG without a default. */
export const UNRESOLVED = '\uFFFC'

export type Lookup = (name: string) => string | undefined

export const isResolved = (text: string) => !text.includes(UNRESOLVED)

/**
 * Fills variables in: `$A`, `${A}`, `${A:-b}`, `${A:+b}`, and without the colon. What else a shell or BuildKit can do
 * with one, such as `${A#b}`, is unresolved, as is a variable that `lookup` doesn't know.
 */
export function expand(text: string, lookup: Lookup, escapeChar = '\\'): string {
  let result = ''
  for (let at = 0; at < text.length; at++) {
    const char = text[at] as string
    if (char === escapeChar && text[at + 1] === '$') {
      result += '$'
      at++
    } else if (char !== '$') {
      result += char
    } else if (text[at + 1] === '{') {
      const end = closing(text, at + 1)
      result += braced(text.slice(at + 2, end), lookup, escapeChar)
      at = end
    } else {
      const name = /^[A-Za-z_]\w*/.exec(text.slice(at + 1, at + 129))?.[0]
      if (name) result += lookup(name) ?? UNRESOLVED
      else result += text[at + 1] === '(' ? UNRESOLVED : '$'
      at += name?.length ?? 0
    }
  }
  return result
}

/** The index of the brace that closes the one at `open`; the text's end where none does. */
function closing(text: string, open: number): number {
  let depth = 0
  for (let at = open; at < text.length; at++) {
    if (text[at] === '{') depth++
    else if (text[at] === '}' && --depth === 0) return at
  }
  return text.length
}

function braced(inner: string, lookup: Lookup, escapeChar: string): string {
  const found = /^([A-Za-z_]\w*)(?:(:?)([-+?])([\s\S]*))?$/.exec(inner)
  if (!found) return UNRESOLVED
  const [, name = '', colon, operator, word = ''] = found
  const value = lookup(name)
  if (operator === undefined || operator === '?') return value ?? UNRESOLVED
  const set = value !== undefined && !(colon && value === '')
  if (operator === '+') return set ? expand(word, lookup, escapeChar) : ''
  return set ? value : expand(word, lookup, escapeChar)
}
