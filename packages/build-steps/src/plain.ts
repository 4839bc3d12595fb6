/** TypeBox's Record has a pattern for its keys, which many tools that read OpenAPI don't know. */
const anyKey = '^.*$'

/** A TypeBox schema as plain JSON Schema. */
export const toPlain = (schema: object): unknown =>
  JSON.parse(JSON.stringify(schema), (_key, value) => {
    const { patternProperties, ...rest } = value ?? {}
    if (typeof patternProperties !== 'object' || Object.keys(patternProperties).join() !== anyKey)
      return value
    return { ...rest, additionalProperties: patternProperties[anyKey] }
  })

/** The type of a value that never changes, as `as const` has it. */
export function typeOf(value: unknown): string {
  if (Array.isArray(value)) return `readonly [${value.map(typeOf).join(', ')}]`
  if (typeof value !== 'object' || value === null) return JSON.stringify(value)
  const members = Object.entries(value).map(
    ([key, member]) => `readonly ${JSON.stringify(key)}: ${typeOf(member)}`
  )
  return `{ ${members.join('; ')} }`
}
