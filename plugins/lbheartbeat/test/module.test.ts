import { test } from 'tap'
import * as lbheartbeat from '../src/index.ts'

test('the module has the plugin as its default and by its name, and nothing else', async (t) => {
  t.strictSame(Object.keys(lbheartbeat).sort(), ['default', 'fastifyLbheartbeat'])
  t.equal(lbheartbeat.default, lbheartbeat.fastifyLbheartbeat)
  t.equal(lbheartbeat.default.name, 'fastifyLbheartbeat')
})
