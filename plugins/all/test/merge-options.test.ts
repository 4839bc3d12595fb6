import { test } from 'tap'
import { type FastifyDockerflowOptions, mergeOptions } from '../src/index.ts'

const ledger = () => {}
const own = () => {}

test("checks are the platform's and the service's, and a service may replace one", async (t) => {
  const platform = { heartbeat: { checks: { ledger }, ttl: 500 } }
  t.strictSame(mergeOptions(platform, { heartbeat: { checks: { own } } }), {
    heartbeat: { checks: { ledger, own }, ttl: 500 }
  })
  t.strictSame(mergeOptions(platform, { heartbeat: { checks: { ledger: own }, ttl: 9 } }), {
    heartbeat: { checks: { ledger: own }, ttl: 9 }
  })
})

test('lists are joined, each entry once', async (t) => {
  t.strictSame(
    mergeOptions(
      { heartbeat: { silenced: ['a', 'b'] }, mozlog: { quiet: ['/x'] } },
      { heartbeat: { silenced: ['b', 'c'] }, mozlog: { quiet: ['/y'] } }
    ),
    { heartbeat: { silenced: ['a', 'b', 'c'] }, mozlog: { quiet: ['/x', '/y'] } }
  )
})

test('false of a service leaves a plugin out, its options bring one back', async (t) => {
  const options = mergeOptions(
    { error: false, statsd: { port: 1 } },
    { error: { enabled: true }, statsd: false }
  )
  t.strictSame(options, { error: { enabled: true }, statsd: false })
})

test("undefined is what the platform says, and nothing of either's is changed", async (t) => {
  const platform = Object.freeze({
    heartbeat: Object.freeze({ checks: Object.freeze({ ledger }), ttl: 500 })
  })
  const service = { heartbeat: { checks: undefined, ttl: undefined }, version: undefined }
  t.strictSame(mergeOptions(platform, service), { heartbeat: { checks: { ledger }, ttl: 500 } })
  t.strictSame(mergeOptions(platform), { ...platform })
})

test('a value that is not an object is left for the plugin to refuse', async (t) => {
  const wrong = { heartbeat: 7 } as unknown as FastifyDockerflowOptions
  t.strictSame(mergeOptions({ heartbeat: { ttl: 1 } }, wrong), wrong)
  const checks = { heartbeat: { checks: 7 } } as unknown as FastifyDockerflowOptions
  t.strictSame(mergeOptions({ heartbeat: { checks: { ledger } } }, checks), checks)
})
