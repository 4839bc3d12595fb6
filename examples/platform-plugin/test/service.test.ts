import assert from 'node:assert/strict'
import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { after, test } from 'node:test'
import acme, { dockerflowServerOptions, warning } from '@acme/service'
import Fastify from 'fastify'

const ledger = createServer((_request, response) => {
  response.setHeader('content-type', 'application/json').end('{"waiting":2}')
})
await once(ledger.listen(0, '127.0.0.1'), 'listening')
after(() => ledger.close().closeAllConnections())
process.env.LEDGER_URL = `http://127.0.0.1:${(ledger.address() as AddressInfo).port}`

/** A service of the platform, with the logger of production. */
async function build() {
  const lines: string[] = []
  const stream = { write: (line: string) => void lines.push(line) }
  const app = Fastify(dockerflowServerOptions({ logger: 'shop', stream }))
  await app.register(acme, {
    version: false,
    heartbeat: { checks: { stock: () => warning('shop.W001', 'low') } }
  })
  app.get('/fails', async () => {
    throw new Error('the password is hunter2')
  })
  app.post('/echo', async (request) => request.body)
  return { app, lines }
}

test("the platform's checks and the service's run", async () => {
  const { app } = await build()
  const { checks } = (await app.inject('/__heartbeat__')).json()
  assert.deepEqual(checks, { ledger: 'ok', stock: 'warning' })
  assert.equal(typeof app.heartbeat.addCheck, 'function')
  await app.close()
})

test("errors have the company's format, and keep what went wrong inside", async () => {
  const { app, lines } = await build()
  const res = await app.inject('/fails')
  assert.equal(res.statusCode, 500)
  const { error } = res.json()
  assert.deepEqual([error.code, error.message], ['INTERNAL', 'internal error'])
  assert.equal(typeof error.request, 'string')
  assert.ok(lines.some((line) => line.includes('hunter2')))
  const headers = { 'content-type': 'application/json' }
  const bad = await app.inject({ method: 'POST', url: '/echo', headers, payload: '{' })
  assert.equal(bad.statusCode, 400)
  assert.equal(bad.json().error.code, 'FST_ERR_CTP_INVALID_JSON_BODY')
  await app.close()
})
