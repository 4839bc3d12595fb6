import {
  CORE_SCHEMA,
  constructFromEvents,
  defineMappingTag,
  defineScalarTag,
  defineSequenceTag,
  EVENT_ALIAS,
  EVENT_DOCUMENT,
  EVENT_MAPPING,
  EVENT_POP,
  EVENT_SCALAR,
  type Event,
  getScalarValue,
  mapTag,
  mergeTag,
  parseEvents,
  seqTag
} from 'js-yaml'

/** A document of a YAML file: its value, and on which line each part of it is. */
export interface YamlDocument {
  file: string
  value: unknown
  /** The line of what `path` leads to, or of the nearest thing above it that is there. */
  line(path: (string | number)[]): number
}

/** A larger YAML file is not read. */
export const YAML_LIMIT = 1024 * 1024

/** Aliases that grow into more nodes than this are no configuration. */
const NODE_LIMIT = 200_000

// Tags of others, such as those of CloudFormation, leave the value as it is; compose's !reset takes it away.
const SCHEMA = CORE_SCHEMA.withTags(
  mergeTag,
  ['!', 'tag:'].flatMap((prefix) => [
    defineScalarTag<string | null>(prefix, {
      matchByTagPrefix: true,
      resolve: (source, _explicit, tag) => (tag === '!reset' ? null : source)
    }),
    defineSequenceTag(prefix, { ...seqTag, matchByTagPrefix: true, identify: null }),
    defineMappingTag(prefix, { ...mapTag, matchByTagPrefix: true, identify: null })
  ])
)

/** The documents of a YAML file; undefined where it is none, as a template of Helm's. */
export function readYaml(source: string, file: string): YamlDocument[] | undefined {
  if (source.length > YAML_LIMIT) return undefined
  try {
    const events = parseEvents(source, {})
    if (isBomb(events, source)) return undefined
    const values = constructFromEvents(events, { source, schema: SCHEMA })
    let lines: ((path: (string | number)[]) => number)[] | undefined
    return values.map((value, index) => ({
      file,
      value,
      line: (path) => {
        lines ??= linesOf(events, source)
        return lines[index]?.(path) ?? 1
      }
    }))
  } catch {
    return undefined
  }
}

/** Whether aliases of aliases make more nodes than anybody writes. */
function isBomb(events: Event[], source: string): boolean {
  if (!events.some(({ type }) => type === EVENT_ALIAS)) return false
  const anchors = new Map<string, number>()
  const open: { anchor: string; size: number }[] = []
  for (const event of events) {
    const { type } = event
    if (type === EVENT_DOCUMENT) open.push({ anchor: '', size: 0 })
    else if (type === EVENT_POP) {
      const { anchor, size } = open.pop() as (typeof open)[number]
      anchors.set(anchor, size)
      const above = open.at(-1)
      if (above) above.size += size
      if (size > NODE_LIMIT) return true
    } else {
      const anchor = source.slice(event.anchorStart, event.anchorEnd)
      const above = open.at(-1) as (typeof open)[number]
      if (type === EVENT_ALIAS) above.size += anchors.get(anchor) ?? 1
      else if (type === EVENT_SCALAR) above.size++
      else open.push({ anchor, size: 1 })
    }
  }
  return false
}

/** A node of a document: where it begins, and what is in it. */
interface Node {
  start: number
  /** By key or index: where the key begins, and its node. */
  children: Map<string, { start: number; node: Node }>
}

/** For each document, what finds the line of a path. */
function linesOf(events: Event[], source: string): ((path: (string | number)[]) => number)[] {
  const breaks = [...source.matchAll(/\n/g)].map(({ index }) => index)
  const lineAt = (offset: number) => {
    let [low, high] = [0, breaks.length]
    while (low < high) {
      const middle = (low + high) >> 1
      if ((breaks[middle] as number) < offset) low = middle + 1
      else high = middle
    }
    return low + 1
  }
  const documents: Node[] = []
  // The nodes that are not closed yet; of a mapping, the key whose value comes next.
  const open: { node: Node; type: Event['type']; key?: { start: number; name: string } | undefined }[] = []
  const add = (node: Node, name: string) => {
    const above = open.at(-1) as (typeof open)[number]
    if (above.type === EVENT_MAPPING) {
      if (above.key) above.node.children.set(above.key.name, { start: above.key.start, node })
      above.key = above.key ? undefined : { start: node.start, name }
    } else above.node.children.set(String(above.node.children.size), { start: node.start, node })
  }
  for (const event of events) {
    if (event.type === EVENT_POP) {
      open.pop()
      continue
    }
    const start =
      event.type === EVENT_SCALAR
        ? event.valueStart
        : event.type === EVENT_ALIAS
          ? event.anchorStart
          : event.type === EVENT_DOCUMENT
            ? 0
            : event.start
    const node: Node = { start, children: new Map() }
    if (event.type === EVENT_DOCUMENT) documents.push(node)
    else add(node, event.type === EVENT_SCALAR ? getScalarValue(source, event) : '')
    if (event.type !== EVENT_SCALAR && event.type !== EVENT_ALIAS) open.push({ node, type: event.type })
  }
  return documents.map((document) => {
    const top = document.children.get('0')?.node ?? document
    return (path) => {
      let [node, at] = [top, top.start]
      for (const name of path) {
        const child = node.children.get(String(name))
        if (!child) break
        node = child.node
        at = child.start
      }
      return lineAt(at)
    }
  })
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
