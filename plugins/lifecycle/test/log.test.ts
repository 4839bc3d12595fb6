import { closeSync, openSync } from 'node:fs'
import { test } from 'tap'
import { Service } from './fixtures/start.ts'

for (const LOGGER of ['off', 'silent']) {
  test(`an app whose log is ${LOGGER} ends by the same codes, and says why on stderr`, async (t) => {
    const service = new Service(t, { BOOT: 'fail', LOGGER })
    const { code, stderr } = await service.ended()
    t.equal(code, 1)
    t.equal(stderr, "can't start: no such table\n")
    t.strictSame(service.lines, [])
  })
}

for (const LOGGER of [
  'dead transport of Fastify',
  'dead transport of pino',
  'dead transport of mozlog',
  'dead destination of pino',
  'dead file of mozlog',
  'dead multistream'
]) {
  test(`${LOGGER}: the process says on stderr why it ended`, async (t) => {
    const service = new Service(t, { LOGGER })
    const { code, stderr } = await service.ended()
    t.equal(code, 1)
    // mozlog writes its lines there; for any other log, serve() does.
    t.match(stderr, /crashed.*Error: ENOENT: no such file or directory, open '\/nonexistent\/app\.log'/)
  })
}

for (const LOGGER of ['hanging stream', 'throwing flush']) {
  test(`${LOGGER}: a crash is one line on stderr`, async (t) => {
    const service = new Service(t, { LOGGER, BOOT: 'fail' })
    const { code, stderr } = await service.ended()
    t.equal(code, 1)
    t.equal(stderr, "can't start: no such table\n")
  })
}

test('where stderr can take nothing either, the process ends by the same code', async (t) => {
  const full = openSync('/dev/full', 'w')
  t.teardown(() => closeSync(full))
  const service = new Service(t, { LOGGER: 'off', BOOT: 'fail' }, [], 'service.ts', full)
  t.equal((await service.ended()).code, 1)
})
