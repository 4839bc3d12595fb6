import { existsSync, statSync } from 'node:fs'
import { dirname, join, normalize, relative } from 'node:path'

/** The pages of the site that are made from files of the repository: the file's path, and the page's. */
export type Pages = Map<string, string>

/**
 * A Markdown text of the repository as a page of the site: what it links to is either a page too, or a file of the
 * repository at `source`. Throws where there is no such file.
 */
export function relink(
  text: string,
  file: string,
  page: string,
  pages: Pages,
  root: string,
  source: string
): string {
  return text.replace(
    /(?<=\]\()(?!https?:|#|mailto:)([^)\s#]*)(#[^)\s]*)?(?=\))/g,
    (_link, path: string, hash = '') => {
      const target = normalize(join(dirname(file), path)).replace(/\/$/, '')
      // What GitHub has beside the files, such as ../../actions.
      if (target.startsWith('../../')) return `${source}/${target.slice('../../'.length)}${hash}`
      if (!existsSync(join(root, target))) throw new Error(`${file} links to ${path}, which is not there`)
      const known = pages.get(target) ?? pages.get(join(target, 'README.md'))
      if (known) return (relative(dirname(page), known) || '.').replace(/^(?!\.)/, './') + hash
      const kind = statSync(join(root, target)).isDirectory() ? 'tree' : 'blob'
      return `${source}/${kind}/HEAD/${target}${hash}`
    }
  )
}

/** A section of a Markdown text, without its heading; undefined where there is none of that name. */
export function section(text: string, heading: string): string | undefined {
  const [, rest] = text.split(`\n## ${heading}\n`)
  return rest?.split(/\n## /)[0]?.trim()
}
