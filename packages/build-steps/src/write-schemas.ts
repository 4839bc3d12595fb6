#!/usr/bin/env node
// Importing TypeBox takes longer than importing Fastify. So a package imports what this writes: the schemas that its
// src/schema.ts exports, as plain objects.
import { mkdirSync, writeFileSync } from 'node:fs'
import { resolve } from 'node:path'
import { pathToFileURL } from 'node:url'
import { toPlain, typeOf } from './plain.ts'

const source: Record<string, unknown> = await import(pathToFileURL(resolve('src/schema.ts')).href)
const schemas = Object.entries(source)
  .filter((entry): entry is [string, object] => typeof entry[1] === 'object' && entry[1] !== null)
  .map(([name, schema]) => [name, toPlain(schema)] as const)
if (schemas.length === 0) throw new Error('src/schema.ts exports no schema')

mkdirSync('dist', { recursive: true })
const write = (file: string, line: (name: string, schema: unknown) => string) =>
  writeFileSync(resolve('dist', file), schemas.map(([name, schema]) => `${line(name, schema)}\n`).join(''))
write('schemas.js', (name, schema) => `export const ${name} = ${JSON.stringify(schema)}`)
write('schemas.d.ts', (name, schema) => `export declare const ${name}: ${typeOf(schema)}`)
