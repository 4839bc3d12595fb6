import { test } from 'tap'
import * as mozlog from '../src/index.ts'

test('the module has the plugin as its default and by its name, and the functions that make loggers', async (t) => {
  t.strictSame(Object.keys(mozlog).sort(), [
    'createMozlog',
    'default',
    'fastifyMozlog',
    'mozlogServerOptions'
  ])
  t.equal(mozlog.default, mozlog.fastifyMozlog)
  t.equal(mozlog.default.name, 'fastifyMozlog')
})
