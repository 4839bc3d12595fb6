import { type Test, test } from 'tap'
import { Service } from './fixtures/start.ts'

const start = (t: Test, BUILD: string, options: object = { port: 0 }) =>
  new Service(t, { BUILD, OPTIONS: JSON.stringify(options) }, [], 'build.ts')

for (const build of ['works', 'works at once']) {
  test(`a function that ${build} gives the app that is served`, async (t) => {
    const service = start(t, build)
    const res = await fetch(await service.origin())
    t.equal(res.status, build === 'works' ? 200 : 404)
    service.kill('SIGTERM')
    t.equal((await service.ended()).code, 0)
  })
}

for (const build of ['awaited plugin', 'plugin', 'plugin of an app that is returned at once', 'throws']) {
  test(`what fails is one line of the app's own log: ${build}`, async (t) => {
    const service = start(t, build)
    const { code, stderr } = await service.ended()
    t.equal(code, 1)
    t.equal(stderr, '')
    t.match(service.lines, [
      { severity: 2, type: 'app.crash', msg: "can't start: version.json has\n  no commit", traceback: /at / }
    ])
  })
}

test('what fails before there is an app is one line on stderr', async (t) => {
  const service = start(t, 'throws first')
  const { code, stderr } = await service.ended()
  t.equal(code, 1)
  t.equal(stderr, "can't start: PORT must be a number\n")
  t.strictSame(service.lines, [])
})

test('a mistake in the code says where it is, in the same line', async (t) => {
  const { code, stderr } = await start(t, 'mistake').ended()
  t.equal(code, 1)
  t.match(stderr, /^can't start: Cannot read properties of undefined.* \(at .*build\.ts:\d+:\d+\)?\)\n$/)
})

test('a function that returns no app is one line', async (t) => {
  for (const build of ['nothing', 'no app']) {
    const { code, stderr } = await start(t, build).ended()
    t.equal(code, 1)
    t.equal(
      stderr,
      "can't start: @dockerflow/lifecycle: serve() needs a Fastify app, or a function that returns one\n"
    )
  }
})

test('a crash while the app is being built is one line', async (t) => {
  const { code, stderr } = await start(t, 'crashes meanwhile').ended()
  t.equal(code, 1)
  t.equal(stderr, 'crashed: Error: in a timer\n')
})

test('a signal while the app is being built closes it, and the process ends with 0', async (t) => {
  for (const build of ['works late', 'fails late']) {
    const service = start(t, build)
    await service.line('builds')
    service.kill('SIGTERM')
    const { code, stderr, types } = await service.ended()
    t.equal(code, 0)
    t.equal(stderr, '')
    t.strictSame(types, ['app.drain', 'app.stop'])
  }
})

test('a signal while a function builds that never ends still ends the process', async (t) => {
  const service = start(t, 'never ends', { port: 0, closeTimeout: 100 })
  await service.line('builds')
  service.kill('SIGTERM')
  t.equal((await service.ended()).code, 0)
})
