import { isMap, isNode, LineCounter, parseAllDocuments } from 'yaml'

/** A document of a YAML file: its value, and on which line each part of it is. */
export interface YamlDocument {
  file: string
  value: unknown
  /** The line of what `path` leads to, or of the nearest thing above it that is there. */
  line(path: (string | number)[]): number
}

/** A larger YAML file is not read. */
export const YAML_LIMIT = 1024 * 1024

/** The documents of a YAML file; undefined where it is none, as a template of Helm's. */
export function readYaml(text: string, file: string): YamlDocument[] | undefined {
  if (text.length > YAML_LIMIT || text.includes('\0')) return undefined
  const counter = new LineCounter()
  const documents: YamlDocument[] = []
  try {
    for (const document of parseAllDocuments(text, { lineCounter: counter, logLevel: 'silent' })) {
      if (!('errors' in document) || document.errors.length > 0) return undefined
      // Aliases that grow into more than this are no configuration.
      const value: unknown = document.toJS({ maxAliasCount: 100 })
      const line = (path: (string | number)[]) => {
        for (let length = path.length; length >= 0; length--) {
          const key = path.slice(0, length)
          const name = key.at(-1)
          const above = length > 0 ? document.getIn(key.slice(0, -1), true) : undefined
          // The key, not the value, which may start on a later line.
          const pair = isMap(above)
            ? above.items.find((item) => String(item.key) === String(name))
            : undefined
          const node = pair && isNode(pair.key) ? pair.key : document.getIn(key, true)
          if (isNode(node) && node.range) return counter.linePos(node.range[0]).line
        }
        return 1
      }
      documents.push({ file, value, line })
    }
  } catch {
    return undefined
  }
  return documents
}

/** `value` as an object; an empty one where it is none. */
export function object(value: unknown): Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
    ? (value as Record<string, unknown>)
    : {}
}

export const array = (value: unknown): unknown[] => (Array.isArray(value) ? value : [])

/** A string, or a number or boolean as one; blank for all else. */
export const text = (value: unknown): string =>
  typeof value === 'string'
    ? value
    : typeof value === 'number' || typeof value === 'boolean'
      ? String(value)
      : ''
