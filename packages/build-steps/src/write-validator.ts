#!/usr/bin/env node
// write-validator NAME: Ajv takes longer to compile a schema than all else that a service does with it at its start.
// So this writes what Ajv makes of a schema in dist/schemas.js, as `dist/<name>-validator.js`, which loads nothing.
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
writeFileSync(
  `${file}.d.ts`,
  `import type { ValidateFunction } from 'ajv'
export default function validator<T>(formats: Record<string, (text: string) => boolean>): ValidateFunction<T>
`
)
