import { toPlain } from '@dockerflow/build-steps'
import { test } from 'tap'
import * as written from '../dist/schemas.js'
import * as source from '../src/schema.ts'

test('the schemas that the routes load are those of the source', async (t) => {
  const plain = Object.entries(source).map(([name, schema]) => [name, toPlain(schema)])
  t.strictSame({ ...written }, Object.fromEntries(plain))
})
