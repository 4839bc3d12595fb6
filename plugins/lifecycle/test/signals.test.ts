import { setTimeout as sleep } from 'node:timers/promises'
import { test } from 'tap'
import type { ServeOptions } from '../src/index.ts'
import { Service } from './fixtures/start.ts'

const options = (opts: ServeOptions) => ({ OPTIONS: JSON.stringify({ port: 0, ...opts }) })

test('a second signal, more than a second after the first, ends the process at once, with 1', async (t) => {
  const service = new Service(t, options({ drainDelay: 3_600_000 }))
  await service.origin()
  service.kill('SIGTERM')
  await service.line('app.drain')
  await sleep(1100) // within a second it would count as the same
  service.kill('SIGINT')
  t.equal((await service.ended()).code, 1)
  t.match(service.lines.at(-1), { type: 'app.stop', signal: 'SIGINT', msg: 'second signal: ending at once' })
})

for (const [first, second, gap] of [
  ['SIGTERM', 'SIGTERM', 1],
  ['SIGTERM', 'SIGINT', 5],
  ['SIGINT', 'SIGINT', 200],
  ['SIGTERM', 'SIGHUP', 0],
  ['SIGHUP', 'SIGTERM', 50],
  ['SIGTERM', 'SIGQUIT', 50]
] as const) {
  test(`${first} and ${second} ${gap} ms later are one: the request in flight is answered`, async (t) => {
    const service = new Service(t, options({ closeTimeout: 3_600_000 }))
    const origin = await service.origin()
    const slow = fetch(`${origin}/slow?ms=1000`)
    await service.line('slow began')
    service.kill(first)
    if (gap > 0) await sleep(gap)
    service.kill(second)
    t.equal(await (await slow).text(), 'slow')
    const { code, types } = await service.ended()
    t.equal(code, 0)
    t.strictSame(types, ['app.start', 'app.drain', 'app.stop'])
  })
}

test('a signal while the app still boots closes it and ends with 0', async (t) => {
  const service = new Service(t, { ...options({}), BOOT_MS: '1000' })
  await service.line('boots')
  service.kill('SIGTERM')
  const { code, types } = await service.ended()
  t.equal(code, 0)
  t.notOk(types.includes('app.crash'))
})

test('a boot that fails after the signal still ends with 0', async (t) => {
  const service = new Service(t, { ...options({}), BOOT_MS: '1000', BOOT: 'fail' })
  await service.line('boots')
  service.kill('SIGTERM')
  const { code, types } = await service.ended()
  t.equal(code, 0)
  t.strictSame(types, ['app.drain', 'app.stop'])
})
