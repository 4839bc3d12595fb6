import { toPlain } from '@dockerflow/build-steps'
import { test } from 'tap'
import type { Static } from 'typebox'
import { Check } from 'typebox/value'
import * as written from '../dist/schemas.js'
import type { VersionObject } from '../src/index.ts'
import * as source from '../src/schema.ts'

test('the schemas that the routes load are those of the source', async (t) => {
  const plain = Object.entries(source).map(([name, schema]) => [name, toPlain(schema)])
  t.strictSame({ ...written }, Object.fromEntries(plain))
})

test('a version object is what its schema says', async (t) => {
  const object: VersionObject = { source: 'https://git.example/a', commit: 'abc', more: 7 }
  const typed: Static<typeof source.VersionObject> = object
  t.ok(Check(source.VersionObject, typed))
  t.notOk(Check(source.VersionObject, { commit: 7 }))
})
