#!/usr/bin/env node
// write-validator NAME: compiling a schema is most of what Ajv costs a service's start. So this writes what Ajv makes of
// the schema NAME in dist/schemas.js to `dist/<name>-validator.js`, which loads nothing, with types that need nothing.
import { writeFileSync } from 'node:fs'
import { resolve } from 'node:path'
import { pathToFileURL } from 'node:url'
import { _, Ajv } from 'ajv'
import { default as standalone } from 'ajv/dist/standalone/index.js'

const [name = ''] = process.argv.slice(2)
const { [name]: schema } = await import(pathToFileURL(resolve('dist/schemas.js')).href)
if (!schema) throw new Error(`dist/schemas.js has no schema ${JSON.stringify(name)}: say which to compile`)

/** Those that the schema names; what they check is given to the validator. */
const formats: Record<string, () => boolean> = {}
JSON.stringify(schema, (key, value) => {
  if (key === 'format' && typeof value === 'string') formats[value] = () => true
  return value
})
const ajv = new Ajv({
  allErrors: true,
  code: { source: true, formats: _`formats` },
  formats,
  useDefaults: true,
  verbose: true
})
const code = standalone.default(ajv, ajv.compile(schema))
if (code.includes('require(')) throw new Error(`${name} has a keyword that needs Ajv when it runs`)

const file = resolve('dist', `${name.toLowerCase()}-validator`)
writeFileSync(
  `${file}.js`,
  `export default (formats) => {\nconst module = {}\n${code}\nreturn module.exports\n}\n`
)
const names = Object.keys(formats).map((format) => JSON.stringify(format))
writeFileSync(
  `${file}.d.ts`,
  `interface Validate<T> {
  (data: unknown): data is T
  errors?: { instancePath: string; parentSchema: { description?: string } }[] | null
}
export default function validator<T>(formats: Record<${names.join(' | ') || 'never'}, (text: string) => boolean>): Validate<T>
`
)
