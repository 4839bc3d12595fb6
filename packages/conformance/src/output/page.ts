import { rules } from '../rules/index.ts'
import { prefixOf, SECTIONS } from '../sections.ts'

/** All rules as a page of the documentation. */
export function rulesPage(): string {
  const sections = SECTIONS.map(([prefix, title]) => {
    const entries = rules
      .filter(({ id }) => prefixOf(id) === prefix)
      .map(
        ({ id, level, title, looksAt, fix, link }) =>
          `### ${id}\n\n**${level}**: ${escapeText(title)}.\n\n- Looks at: ${escapeText(looksAt)}.\n- Fix: ${escapeText(fix)}\n- [Source](${link})\n`
      )
    return `## ${title}\n\n${entries.join('\n')}`
  })
  return `# Rules\n\nMade from the rules themselves, by \`pnpm run rules\` in \`packages/conformance\`. What the levels mean is in [Conformance](conformance.md).\n\n${sections.join('\n')}`
}

// Angle brackets and braces mean something to what renders the page.
const escapeText = (text: string) => text.replace(/[<>{}]/g, (char) => `&#${char.charCodeAt(0)};`)
