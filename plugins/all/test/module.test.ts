import { test } from 'tap'
import * as all from '../src/index.ts'

test('the module has the plugin as its default and by its name, and what its user needs beside it', async (t) => {
  t.strictSame(Object.keys(all).sort(), ['default', 'dockerflowServerOptions', 'fastifyDockerflow', 'serve'])
  t.equal(all.default, all.fastifyDockerflow)
  t.equal(all.default.name, 'fastifyDockerflow')
})
