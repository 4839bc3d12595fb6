/** What holds of a service: `typescript`, `sqlite`, `redis` and so on. */
export type Conditions = ReadonlySet<string>

/** Whether all of `sqlite+!redis` hold. */
function holds(condition: string, conditions: Conditions): boolean {
  return condition
    .split('+')
    .every((term) => (term.startsWith('!') ? !conditions.has(term.slice(1)) : conditions.has(term)))
}

const mark = String.raw`(?://|#)\?`
const replacement = new RegExp(String.raw`^(\s*)${mark} ([\w+!-]+): (.*)$`)
const ofNextLine = new RegExp(String.raw`^\s*${mark} ([\w+!-]+)$`)
const ofThisLine = new RegExp(String.raw`^(.*\S) ${mark} ([\w+!-]+)$`)

/**
 * A template's text with the lines for which the conditions hold. So that a template runs as it is, for its own
 * conditions, they stand in comments, which begin with `//?` or `#?`:
 *
 * - `code //? redis`: the line is there if the condition holds
 * - `//? redis` alone: the same for the next line
 * - `//? postgres: code`: the code is there if it holds
 */
export function select(template: string, conditions: Conditions): string {
  let keepNext = true
  const lines = template.split('\n').flatMap((line) => {
    const keep = keepNext
    keepNext = true
    const [, indent = '', condition = '', code = ''] = replacement.exec(line) ?? []
    if (condition) return holds(condition, conditions) ? [indent + code] : []
    const next = ofNextLine.exec(line)?.[1]
    if (next) {
      keepNext = holds(next, conditions)
      return []
    }
    const [, text = line, own] = ofThisLine.exec(line) ?? []
    return keep && (own === undefined || holds(own, conditions)) ? [text] : []
  })
  // What was between two paragraphs that are gone, and before the last.
  return lines
    .join('\n')
    .replace(/\n{3,}/g, '\n\n')
    .replace(/\n+$/, '\n')
}
