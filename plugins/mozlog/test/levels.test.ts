// Which requests have a summary, and at which level.

import { setTimeout as sleep } from 'node:timers/promises'
import type { Test } from 'tap'
import { test } from 'tap'
import { type AppOptions, buildApp } from './fixtures/app.ts'

/** The summaries of these paths: `/CODE`, `/slow` and `/throws`. */
async function summariesOf(t: Test, plugin: AppOptions['plugin'], ...paths: string[]) {
  const { app, summaries } = await buildApp(t, { plugin: { slow: 100, ...plugin } })
  app.get('/slow', async () => sleep(150, 'x'))
  app.get('/throws', async () => {
    throw new Error('thrown')
  })
  app.get('/:code', async (request, reply) =>
    reply.code(Number((request.params as { code: string }).code)).send()
  )
  for (const path of paths) await app.inject(path)
  return summaries().map(({ Severity, Fields }) => [Fields?.path, Severity])
}

test('statuses can be quiet; errors and slow requests are not', async (t) => {
  for (const quietLevel of ['debug', 'silent'] as const) {
    const plugin = { quiet: ['/slow', '/throws'], quietStatusCodes: [200, 304, 500, 503], quietLevel }
    t.strictSame(
      await summariesOf(t, plugin, '/200', '/304', '/201', '/404', '/500', '/503', '/slow', '/throws'),
      [
        ['/201', 6],
        ['/404', 6],
        ['/500', 3],
        ['/503', 6],
        ['/slow', 6],
        ['/throws', 3]
      ]
    )
  }
})

test('a function chooses the level, but leaves exceptions alone, and hides neither errors nor slow requests', async (t) => {
  const asked: (string | undefined)[] = []
  const summaryLevel: NonNullable<AppOptions['plugin']>['summaryLevel'] = (request, reply) => {
    asked.push(request.url)
    if (reply.statusCode === 502) return 'warn'
    if (reply.statusCode === 404) return 'error'
    if (reply.statusCode === 201) return undefined
    return request.url === '/200' ? 'silent' : 'debug'
  }
  t.strictSame(
    await summariesOf(
      t,
      { summaryLevel },
      '/200',
      '/201',
      '/204',
      '/404',
      '/500',
      '/502',
      '/slow',
      '/throws'
    ),
    [
      ['/201', 6],
      ['/404', 3],
      ['/500', 3],
      ['/502', 4],
      ['/slow', 6],
      ['/throws', 3]
    ]
  )
  t.strictSame(asked, ['/200', '/201', '/204', '/404', '/500', '/502', '/slow'])
})

test('a function that throws costs no line', async (t) => {
  const summaryLevel = () => {
    throw new Error('mine')
  }
  const { app, out } = await buildApp(t, { plugin: { summaryLevel } })
  await app.inject('/')
  t.match(out.records, [
    { Type: 'request.summary', Fields: { error: 'Error: mine', msg: 'request.summary failed' } }
  ])
})

test('successful requests can be sampled, and say at which rate; errors and slow ones are all there', async (t) => {
  const none = await summariesOf(t, { sampleRate: 0 }, '/200', '/304', '/404', '/500', '/slow', '/throws')
  t.strictSame(none, [
    ['/404', 6],
    ['/500', 3],
    ['/slow', 6],
    ['/throws', 3]
  ])

  const { app, summaries } = await buildApp(t, { plugin: { sampleRate: 0.5 } })
  app.get('/', async () => 'x')
  for (let i = 0; i < 200; i++) await app.inject('/')
  const sampled = summaries()
  t.ok(sampled.length > 50 && sampled.length < 150, `${sampled.length} of 200`)
  for (const { Fields } of sampled) t.equal(Fields?.sample_rate, 0.5)
  await app.inject('/nowhere')
  t.notOk('sample_rate' in (summaries().at(-1)?.Fields ?? {}))
})

test('a sampled summary that pino has to write says its rate too', async (t) => {
  const { app, summaries } = await buildApp(t, { plugin: { sampleRate: 0.99, uid: () => 'u' } })
  app.get('/', async () => 'x')
  for (let i = 0; i < 20; i++) await app.inject('/')
  t.match(summaries()[0], { Fields: { uid: 'u', sample_rate: 0.99 } })
})
