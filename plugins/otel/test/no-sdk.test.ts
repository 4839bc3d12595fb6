// Without an SDK: nothing is registered in this process.

import fastifyHeartbeat from '@dockerflow/heartbeat'
import fastifyMozlog, { createMozlog, mozlogServerOptions } from '@dockerflow/mozlog'
import Fastify from 'fastify'
import { test } from 'tap'
import fastifyOtel, { ignoreDockerflow, traceContext } from '../src/index.ts'
import { lines } from './fixtures/lines.ts'

test('without an SDK lines have no ids, checks run, and nothing fails', async (t) => {
  ignoreDockerflow()
  for (const googleCloud of [false, true]) {
    const out = lines()
    const app = Fastify(mozlogServerOptions({ stream: out, googleCloud }))
    t.teardown(() => app.close())
    await app.register(fastifyOtel)
    await app.register(fastifyMozlog)
    await app.register(fastifyHeartbeat, { checks: { db: () => {} } })
    app.get('/', async (request) => {
      request.log.info('inside')
      return 'x'
    })
    await app.inject('/')
    t.equal((await app.inject('/__heartbeat__')).statusCode, 200)
    await out.ofType('request.summary', 2)
    t.equal(out.records.length, 3)
    for (const record of out.records) {
      t.notOk('trace_id' in (record.Fields ?? {}))
      t.notOk('logging.googleapis.com/trace' in record)
    }
  }
  t.equal(traceContext(), undefined)
  const out = lines()
  createMozlog({ stream: out, traceContext }).info('x')
  t.strictSame(out.records[0]?.Fields, { msg: 'x' })
})
