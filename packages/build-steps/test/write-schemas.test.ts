import { execFileSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { test } from 'tap'

const script = fileURLToPath(new URL('../src/write-schemas.ts', import.meta.url))
const schema = `
import { Array as ArrayOf, Literal, Object as ObjectSchema, Optional, Record as RecordSchema, String as StringSchema } from 'typebox'
export const Payload = ObjectSchema({
  kind: Literal('a'),
  byName: Optional(RecordSchema(StringSchema(), ArrayOf(StringSchema()))),
  byId: RecordSchema(StringSchema({ pattern: '^x' }), StringSchema())
})
export const helper = () => {}
`

test('each schema is written as plain JSON Schema, with its type', async (t) => {
  const folder = t.testdir({ src: { 'schema.ts': schema } })
  execFileSync(process.execPath, [script], { cwd: folder, stdio: 'pipe' })
  const written = await import(join(folder, 'dist/schemas.js'))
  t.strictSame(Object.keys(written), ['Payload'])
  t.strictSame(written.Payload, {
    type: 'object',
    required: ['kind', 'byId'],
    properties: {
      kind: { type: 'string', const: 'a' },
      byName: { type: 'object', additionalProperties: { type: 'array', items: { type: 'string' } } },
      byId: { type: 'object', patternProperties: { '^x': { type: 'string' } } }
    }
  })
  const types = readFileSync(join(folder, 'dist/schemas.d.ts'), 'utf8')
  t.match(
    types,
    /^export declare const Payload: \{ readonly "type": "object"; readonly "required": readonly \["kind", "byId"\]/
  )
})

test('a source without a schema is an error', async (t) => {
  const folder = t.testdir({ src: { 'schema.ts': 'export const nothing = 7\n' } })
  t.throws(
    () => execFileSync(process.execPath, [script], { cwd: folder, stdio: 'pipe' }),
    /exports no schema/
  )
})
