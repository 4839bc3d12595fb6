import { test } from 'tap'
import * as heartbeat from '../src/index.ts'

test('the module has the plugin as its default and by its name, and what checks are made of', async (t) => {
  t.strictSame(Object.keys(heartbeat).sort(), [
    'Level',
    'critical',
    'default',
    'error',
    'fastifyHeartbeat',
    'heartbeatPayloadSchema',
    'info',
    'warning'
  ])
  t.equal(heartbeat.default, heartbeat.fastifyHeartbeat)
  t.equal(heartbeat.default.name, 'fastifyHeartbeat')
})
