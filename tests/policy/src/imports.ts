import { globSync, readFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { parseSync, Visitor } from 'oxc-parser'

/** An import, an export from elsewhere, or an `import()` of a module. */
export interface Import {
  /** The path of the file that has it, from the root of the repository. */
  file: string
  /** What it names: a package, or the path of a file from the root of the repository. */
  target: string
  /** Whether only types come of it, which are gone when the code runs. */
  isType: boolean
}

/** The imports of a module. */
export function importsOf(file: string, code: string): Import[] {
  const { program } = parseSync(file, code, { lang: 'ts' })
  const found: Import[] = []
  const add = (source: { value?: unknown } | null, isType: boolean) => {
    if (typeof source?.value !== 'string') return
    const { value } = source
    found.push({ file, target: value.startsWith('.') ? join(dirname(file), value) : value, isType })
  }
  new Visitor({
    ImportDeclaration: ({ source, importKind, specifiers }) => {
      const areTypes =
        specifiers.length > 0 &&
        specifiers.every((one) => one.type === 'ImportSpecifier' && one.importKind === 'type')
      add(source, importKind === 'type' || areTypes)
    },
    ExportNamedDeclaration: ({ source, exportKind }) => add(source, exportKind === 'type'),
    ExportAllDeclaration: ({ source, exportKind }) => add(source, exportKind === 'type'),
    ImportExpression: ({ source }) => add(source as { value?: unknown }, false),
    TSImportType: ({ source }) => add(source, true)
  }).visit(program)
  return found
}

/** The imports of all files that `pattern` names below `root`. */
export function readImports(root: string, pattern: string): Import[] {
  return globSync(pattern, { cwd: root, exclude: (path) => /node_modules|\/dist$/.test(path) })
    .sort()
    .flatMap((file) => importsOf(file, readFileSync(join(root, file), 'utf8')))
}

/** A way along the imports that comes back to where it began; undefined where there is none. */
export function findCircle(imports: Import[]): string[] | undefined {
  const next = Map.groupBy(imports, ({ file }) => file)
  const done = new Set<string>()
  const visit = (file: string, way: string[]): string[] | undefined => {
    if (way.includes(file)) return [...way.slice(way.indexOf(file)), file]
    if (done.has(file)) return undefined
    for (const { target } of next.get(file) ?? []) {
      const circle = visit(target, [...way, file])
      if (circle) return circle
    }
    done.add(file)
    return undefined
  }
  for (const file of next.keys()) {
    const circle = visit(file, [])
    if (circle) return circle
  }
  return undefined
}
