import { test } from 'tap'
import * as lifecycle from '../src/index.ts'

test('the module has the plugin as its default and by its name, and serve', async (t) => {
  t.strictSame(Object.keys(lifecycle).sort(), ['default', 'fastifyLifecycle', 'serve'])
  t.equal(lifecycle.default, lifecycle.fastifyLifecycle)
  t.equal(lifecycle.default.name, 'fastifyLifecycle')
})
