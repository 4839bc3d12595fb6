import assert from 'node:assert/strict'
import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { test } from 'node:test'
import { ledgerCheck } from '@acme/check-ledger'
import fastifyHeartbeat from '@dockerflow/heartbeat'
import Fastify from 'fastify'

/** What the heartbeat of a service answers whose ledger answers `state`. */
async function heartbeat(state: object, statusCode = 200) {
  const ledger = createServer((_request, response) => {
    response.writeHead(statusCode, { 'content-type': 'application/json' }).end(JSON.stringify(state))
  })
  await once(ledger.listen(0, '127.0.0.1'), 'listening')
  const app = Fastify()
  try {
    const { port } = ledger.address() as AddressInfo
    await app.register(fastifyHeartbeat, {
      checks: {
        ledger: ledgerCheck(`http://127.0.0.1:${port}`, { maxWaiting: 3, timeout: 5000, wait: 6000 })
      }
    })
    const res = await app.inject('/__heartbeat__')
    return { statusCode: res.statusCode, ...res.json() }
  } finally {
    await app.close()
    ledger.closeAllConnections()
    ledger.close()
  }
}

test('a ledger that keeps up is ok', async () => {
  assert.deepEqual(await heartbeat({ waiting: 2 }), {
    statusCode: 200,
    status: 'ok',
    checks: { ledger: 'ok' },
    details: {}
  })
})

test('bookings that pile up are a warning, which leaves the heartbeat at 200', async () => {
  const { statusCode, details } = await heartbeat({ waiting: 3 })
  assert.equal(statusCode, 200)
  assert.deepEqual(details.ledger.messages, { 'acme.ledger.W001': 'too many bookings wait' })
})

test('a read-only ledger fails the heartbeat', async () => {
  const { statusCode, status, details } = await heartbeat({ readOnly: true })
  assert.deepEqual([statusCode, status], [503, 'critical'])
  assert.deepEqual(details.ledger.messages, { 'acme.ledger.C001': 'the ledger is read-only' })
})

test('a ledger that fails, or answers nonsense, fails the heartbeat', async () => {
  assert.deepEqual([(await heartbeat({}, 500)).statusCode, (await heartbeat({})).statusCode], [503, 503])
})

test('a wrong option is refused where the check is made', () => {
  assert.throws(() => ledgerCheck('http://127.0.0.1', { maxWaiting: -1 }), {
    code: 'DOCKERFLOW_CHECKS_INVALID_OPTION',
    message: '@dockerflow/checks: option "maxWaiting" of ledgerCheck must be a number above 0'
  })
})
