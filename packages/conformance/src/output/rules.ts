import type { Rule } from '../rule.ts'
import { rules } from '../rules/index.ts'
import { prefixOf, SECTIONS } from '../sections.ts'
import { painter, wrap } from './layout.ts'

/** All rules, by section. */
export function listRules(width: number, color: boolean): string {
  const paint = painter(color)
  const sections = SECTIONS.map(([prefix, title]) => {
    const lines = rules
      .filter(({ id }) => prefixOf(id) === prefix)
      .map(({ id, level, title }) => `  ${id.padEnd(8)}${level.padEnd(8)}${wrap(title, width, 18)}`)
    return [paint('bold', title), ...lines].join('\n')
  })
  return `${sections.join('\n\n')}\n`
}

/** One rule, with all that is known of it. */
export function explainRule({ id, level, title, looksAt, fix, link }: Rule, width: number): string {
  const row = (name: string, text: string) => `${name.padEnd(10)}${wrap(text, width, 10)}`
  return `${[`${id} (${level}): ${title}`, row('looks at', looksAt), row('fix', fix), row('see', link)].join('\n')}\n`
}
