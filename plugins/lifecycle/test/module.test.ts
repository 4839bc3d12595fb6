import { test } from 'tap'
import * as lifecycle from '../src/index.ts'

test('the module has serve, and nothing else', async (t) => {
  t.strictSame(Object.keys(lifecycle), ['serve'])
})
