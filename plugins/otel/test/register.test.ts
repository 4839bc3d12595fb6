// The example's --import file, in a process of its own, with what it sends to a collector.

import { cpSync, readFileSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { startExample } from '@dockerflow/testing/readme'
import { type Test, test } from 'tap'
import { parse } from 'yaml'
import { otlpReceiver } from './fixtures/otlp-receiver.ts'

const root = new URL('../../../', import.meta.url)
const source = new URL('examples/otel/', root)

/** The example, in a folder below this package: what it imports is found there. */
async function start(t: Test, endpoint: string, environment: Record<string, string> = {}) {
  const folder = t.testdir()
  for (const file of ['register.mjs', 'server.js']) cpSync(new URL(file, source), join(folder, file))
  const versionFile = join(folder, 'version.json')
  writeFileSync(
    versionFile,
    JSON.stringify({ source: 'https://github.com/mozilla/shop', version: '1.2.3', commit: 'abc123' })
  )
  return await startExample(t, pathToFileURL(join(folder, 'server.js')), {
    NODE_OPTIONS: `--import=${pathToFileURL(join(folder, 'register.mjs'))}`,
    OTEL_EXPORTER_OTLP_ENDPOINT: endpoint,
    OTEL_METRIC_EXPORT_INTERVAL: '300',
    OTEL_METRIC_EXPORT_TIMEOUT: '300',
    VERSION_FILE: versionFile,
    ...environment
  })
}

test('a collector gets one trace per request with readable names, and none of the health routes', async (t) => {
  const collector = await otlpReceiver(t)
  const service = await start(t, collector.url)
  for (const path of ['/__lbheartbeat__', '/__heartbeat__', '/__heartbeat__/?x=1', '/__version__']) {
    t.equal((await service.get(path)).status, 200, path)
  }
  t.equal((await service.get('/carts/7?secret=1')).status, 200)
  t.equal((await service.get('/carts/8')).status, 200)
  t.equal((await service.get('/nowhere')).status, 404)
  service.terminate()
  t.strictSame(await service.ended, [0, null])

  const { spans } = collector
  const traces = new Map<string, string[]>()
  for (const { traceId, name } of spans) traces.set(traceId, [...(traces.get(traceId) ?? []), name])
  const cart = ['GET /carts/:id', 'fastify GET /carts/:id', 'handler GET /carts/:id']
  t.strictSame(
    [...traces.values()].map((names) => names.sort()).sort((a, b) => b.length - a.length),
    [cart, cart, ['GET', 'fastify GET not found']],
    'one trace for each request, and none of Dockerflow’s'
  )
  for (const traceId of traces.keys()) {
    const ids = spans.filter((span) => span.traceId === traceId)
    const roots = ids.filter(({ parentSpanId }) => parentSpanId === '')
    t.strictSame(
      roots.map(({ kind }) => kind),
      ['SPAN_KIND_SERVER'],
      'its root is the only span of a server'
    )
    for (const { parentSpanId } of ids) {
      t.ok(parentSpanId === '' || ids.some(({ spanId }) => spanId === parentSpanId), 'its spans are a tree')
    }
  }
  for (const { resource } of spans) {
    t.match(resource, {
      'service.name': 'shop',
      'service.version': '1.2.3',
      'vcs.ref.head.revision': 'abc123',
      'vcs.repository.url.full': 'https://github.com/mozilla/shop',
      'telemetry.sdk.language': 'nodejs'
    })
  }
  t.strictSame(collector.strange, [], 'no logs, and nothing else')
})

test('the collector gets the heartbeat and the durations of requests as metrics', async (t) => {
  const collector = await otlpReceiver(t)
  const service = await start(t, collector.url, { OTEL_SERVICE_NAME: 'basket' })
  await service.get('/__heartbeat__')
  await service.get('/carts/7')
  const names = () => new Set(collector.metrics.map(({ name }) => name))
  await collector.until(() => names().has('dockerflow.heartbeat.check.level'))
  service.terminate()
  await service.ended
  const last = (name: string) => collector.metrics.filter((metric) => metric.name === name).at(-1)
  const check = { 'dockerflow.heartbeat.check.name': 'self' }
  t.match(last('dockerflow.heartbeat.check.level'), {
    unit: '1',
    points: [{ asDouble: 0, attributes: check }]
  })
  t.match(last('dockerflow.heartbeat.check.success.age'), { unit: 's', points: [{ attributes: check }] })
  t.match(last('dockerflow.heartbeat.check.duration'), { unit: 's', points: [{ attributes: check }] })
  t.ok(
    names().has('http.server.request.duration') || names().has('http.server.duration'),
    [...names()].join()
  )
  t.match(last('dockerflow.heartbeat.check.level')?.resource, { 'service.name': 'basket' })
})

test('a collector that is down or hangs keeps no service from answering and from ending', async (t) => {
  const hanging = createServer(() => {}).listen(0, '127.0.0.1')
  t.teardown(() => {
    hanging.closeAllConnections()
    hanging.close()
  })
  await new Promise((resolve) => hanging.once('listening', resolve))
  const { port } = hanging.address() as AddressInfo
  for (const endpoint of [`http://127.0.0.1:${port}`, 'http://127.0.0.1:1']) {
    const service = await start(t, endpoint)
    t.equal((await service.get('/carts/7')).status, 200)
    service.terminate()
    t.strictSame(await service.ended, [0, null], endpoint)
  }
})

test("the example's versions are those that are tested here", async (t) => {
  const { catalog } = parse(readFileSync(new URL('pnpm-workspace.yaml', root), 'utf8'))
  const { dependencies } = JSON.parse(readFileSync(new URL('package.json', source), 'utf8'))
  for (const [name, range] of Object.entries(dependencies)) {
    if (!name.startsWith('@dockerflow/')) t.equal(range, catalog[name], name)
  }
})
