import { join } from 'node:path'
import { rollup } from 'rollup'
import { dts } from 'rollup-plugin-dts'
import { entries } from './entries.ts'
import type { PublicPackage } from './packages.ts'

/** The command that brings the reports up to date. */
export const command = 'npm run api'

/** Comments go, for they are prose; a default stays, for it is a promise. */
const withoutProse = (declarations: string) =>
  declarations.replace(/^( *)\/\*\*[\s\S]*?\*\/\n/gm, (comment, indent: string) => {
    const value = /@default ([^\n]*?)(?: \*\/)?\n/.exec(comment)?.[1]
    return value === undefined ? '' : `${indent}// default: ${value}\n`
  })

/** All that users of a package can see of its types: what its built declarations export, and no more. Empty where it has none. */
export async function apiReport({ manifest, path }: PublicPackage): Promise<string> {
  const sections = await Promise.all(
    entries(manifest, path).map(async ({ specifier, types }) => {
      const bundle = await rollup({
        input: join(path, types),
        plugins: [dts()],
        external: (id) => !/^[./]/.test(id),
        onwarn: (warning) => {
          throw new Error(`${specifier}: ${warning.message}`)
        }
      })
      const { output } = await bundle.generate({ format: 'es' })
      return `\n## \`${specifier}\`\n\n\`\`\`ts\n${withoutProse(output[0].code).trim()}\n\`\`\`\n`
    })
  )
  return sections.length === 0
    ? ''
    : `# The types of ${manifest.name}\n\nMade by \`${command}\`; a change of it is a change for users.\n${sections.join('')}`
}

/** The names that an API report says are exported, but `default`. */
export function exportedNames(report: string): string[] {
  const lists = [...report.matchAll(/^export (?:type )?\{ (.*) \}/gm)].flatMap(([, list = '']) =>
    list.split(', ')
  )
  return [...new Set(lists.map((item) => item.replace(/^.* as /, '')))].filter((name) => name !== 'default')
}
