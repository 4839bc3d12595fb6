import { test } from 'tap'
import * as endpoint from '../src/index.ts'

test('the module has addEndpoint, and nothing else', async (t) => {
  t.strictSame(Object.keys(endpoint), ['addEndpoint'])
})
