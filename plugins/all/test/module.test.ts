import * as heartbeat from '@dockerflow/heartbeat'
import * as lifecycle from '@dockerflow/lifecycle'
import * as mozlog from '@dockerflow/mozlog'
import { test } from 'tap'
import * as all from '../src/index.ts'

test('the module has the plugin as its default and by its name, and all that a service needs', async (t) => {
  t.strictSame(Object.keys(all).sort(), [
    'Level',
    'createMozlog',
    'critical',
    'default',
    'dockerflowServerOptions',
    'error',
    'fastifyDockerflow',
    'info',
    'mergeOptions',
    'nestLogger',
    'serve',
    'warning'
  ])
  t.equal(all.default, all.fastifyDockerflow)
  t.equal(all.default.name, 'fastifyDockerflow')
})

test('what it hands on is that of the other packages', async (t) => {
  t.strictSame(
    [all.critical, all.error, all.info, all.Level, all.warning],
    [heartbeat.critical, heartbeat.error, heartbeat.info, heartbeat.Level, heartbeat.warning]
  )
  t.equal(all.serve, lifecycle.serve)
  t.equal(all.createMozlog, mozlog.createMozlog)
})
