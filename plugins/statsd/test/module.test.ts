import { test } from 'tap'
import * as statsd from '../src/index.ts'

test('the module has the plugin as its default and by its name, and nothing else', async (t) => {
  t.strictSame(Object.keys(statsd).sort(), ['default', 'fastifyStatsd'])
  t.equal(statsd.default, statsd.fastifyStatsd)
  t.equal(statsd.default.name, 'fastifyStatsd')
})
