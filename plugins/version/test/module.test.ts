import { test } from 'tap'
import * as version from '../src/index.ts'

test('the module has the plugin as its default and by its name, and nothing else', async (t) => {
  t.strictSame(Object.keys(version).sort(), ['default', 'fastifyVersion'])
  t.equal(version.default, version.fastifyVersion)
  t.equal(version.default.name, 'fastifyVersion')
})
