import { test } from 'tap'
import * as error from '../src/index.ts'

test('the module has the plugin as its default and by its name, and nothing else', async (t) => {
  t.strictSame(Object.keys(error).sort(), ['default', 'fastifyError'])
  t.equal(error.default, error.fastifyError)
  t.equal(error.default.name, 'fastifyError')
})
