const CODES = { bold: '1', dim: '2', red: '31', green: '32', yellow: '33', cyan: '36' } as const

export type Paint = (style: keyof typeof CODES, text: string) => string

/** What colours a text, or leaves it. */
export const painter =
  (color: boolean): Paint =>
  (style, text) =>
    color ? `\u001b[${CODES[style]}m${text}\u001b[0m` : text

/** Control characters, which a target may hold, as what can be seen. */
export const printable = (text: string): string =>
  // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what must not reach a terminal
  text.replace(/[\u0000-\u001f\u007f-\u009f\u2028\u2029\u202a-\u202e\u2066-\u2069]/g, (char) =>
    char === '\n' || char === '\t' ? ' ' : `\\u${char.charCodeAt(0).toString(16).padStart(4, '0')}`
  )

/** Lines of at most `width`, each but the first after `indent` blanks. A word that is too long stands alone. */
export function wrap(text: string, width: number, indent: number): string {
  const lines: string[] = []
  let line = ''
  for (const word of printable(text).split(' ')) {
    if (line !== '' && line.length + 1 + word.length > width - indent) {
      lines.push(line)
      line = word
    } else line = line === '' ? word : `${line} ${word}`
  }
  lines.push(line)
  return lines.join(`\n${' '.repeat(indent)}`)
}
