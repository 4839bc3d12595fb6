import { test } from 'tap'
import * as otel from '../src/index.ts'

test('the module has the plugin as its default and by its name, and what a service needs before its app', async (t) => {
  t.strictSame(Object.keys(otel).sort(), [
    'default',
    'fastifyOtel',
    'ignoreDockerflow',
    'resourceAttributes',
    'traceContext'
  ])
  t.equal(otel.default, otel.fastifyOtel)
  t.equal(otel.default.name, 'fastifyOtel')
})
