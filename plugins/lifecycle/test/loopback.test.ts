import type { existsSync } from 'node:fs'
import { test } from 'tap'
import { isContainer, isLoopback } from '../src/loopback.ts'
import { Service } from './fixtures/start.ts'

test('a loopback address in a container is one warning that says what to set', async (t) => {
  for (const [name, HOST] of [
    ['KUBERNETES_SERVICE_HOST', ''],
    ['K_SERVICE', '::1']
  ] as const) {
    const service = new Service(t, { [name]: 'shop', HOST })
    const { severity, msg } = await service.line('app.listen')
    t.equal(severity, 4)
    t.match(msg, 'set HOST=0.0.0.0')
    service.kill('SIGTERM')
    t.equal((await service.ended()).code, 0)
    t.equal(service.lines.filter(({ type }) => type === 'app.listen').length, 1)
  }
  const service = new Service(t, { K_SERVICE: 'shop', HOST: '0.0.0.0' })
  await service.line('app.start')
  service.kill('SIGTERM')
  await service.ended()
  t.notOk(service.lines.some(({ type }) => type === 'app.listen'))
})

test('a container is known by its environment, or by the file that Docker or Podman makes', async (t) => {
  const only = (mark: string) => ((path) => path === mark) as typeof existsSync
  t.equal(isContainer({}, only('')), false)
  t.equal(isContainer({ KUBERNETES_SERVICE_HOST: '10.0.0.1' }, only('')), true)
  t.equal(isContainer({ K_SERVICE: 'shop' }, only('')), true)
  t.equal(isContainer({}, only('/.dockerenv')), true)
  t.equal(isContainer({}, only('/run/.containerenv')), true)
})

test('loopback addresses are those of 127.0.0.0/8 and ::1', async (t) => {
  const at = (address: string) => isLoopback({ address, family: '', port: 1 })
  t.strictSame(['127.0.0.1', '127.8.0.1', '::1', '::ffff:127.0.0.1'].map(at), [true, true, true, true])
  t.strictSame(['0.0.0.0', '::', '10.0.0.1', '::2'].map(at), [false, false, false, false])
  t.equal(isLoopback('/run/shop.sock'), false)
})
