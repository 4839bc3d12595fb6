type Section = 'dependencies' | 'devDependencies' | 'scripts'

/**
 * Adds members to sections of a package.json, in the order of their names and in its own layout; those that are there
 * stay as they are.
 *
 * @param additions by section: names, and their values
 */
export function addToManifest(
  text: string,
  additions: Partial<Record<Section, Record<string, string>>>
): string {
  const manifest = JSON.parse(text)
  const before = JSON.stringify(manifest)
  for (const [section, members] of Object.entries(additions)) {
    const known = manifest[section] ?? {}
    const fresh = Object.entries(members).filter(([name]) => !Object.hasOwn(known, name))
    if (fresh.length === 0) continue
    const isSorted = section !== 'scripts'
    const all = [...Object.entries(known), ...fresh]
    manifest[section] = Object.fromEntries(isSorted ? all.sort(([a], [b]) => (a < b ? -1 : 1)) : all)
  }
  if (JSON.stringify(manifest) === before) return text
  const indent = /^\{\r?\n([ \t]+)/.exec(text)?.[1] ?? '  '
  const written = JSON.stringify(manifest, null, indent)
  // Lists that stood on one line stay there.
  const lists = new Map(
    [...text.matchAll(/(?<=": )\[[^[\]{}\n]*\]/g)].map(([list]) => [list.replace(/\s/g, ''), list])
  )
  const kept = written.replace(/\[\r?\n[^[\]{}]*\]/g, (list) => lists.get(list.replace(/\s/g, '')) ?? list)
  return kept + (/\n$/.exec(text)?.[0] ?? '')
}
