import http from 'node:http'
import { type Test, test } from 'tap'
import type { ServeOptions } from '../src/index.ts'
import { Service } from './fixtures/start.ts'

const options = (opts: ServeOptions) => ({ OPTIONS: JSON.stringify({ port: 0, ...opts }) })

/** Asks for a response that doesn't end, and reads what there is of it. */
async function ask(t: Test, service: Service, path: string) {
  const request = http.get(`${await service.origin()}${path}`, { agent: false }, (res) => {
    res.on('error', () => {}).resume()
  })
  request.on('error', () => {})
  t.teardown(() => request.destroy())
  await service.line(`${path.slice(1)} began`)
}

test('a stream that goes on is cut after closeTimeout, has its summary, and the process ends with 0', async (t) => {
  const service = new Service(t, options({ closeTimeout: 500 }))
  await ask(t, service, '/events')
  service.kill('SIGTERM')
  const { code, types } = await service.ended()
  t.equal(code, 0)
  t.strictSame(types, ['app.start', 'app.drain', 'app.stop', 'app.stop'])
  t.match(await service.line('request.summary'), { path: '/events', code: 200 })
  t.match(await service.line('not closed in time: cutting open requests'), {
    severity: 4,
    closeTimeout: 500,
    open: 1,
    requests: [/^GET \/events \d+ ms$/]
  })
  t.match(service.lines.at(-1), { msg: 'closed' })
})

test('a request without an answer is cut after closeTimeout, has its summary, and the process ends with 1', async (t) => {
  const service = new Service(t, options({ closeTimeout: 500 }))
  await ask(t, service, '/events')
  await ask(t, service, '/hang')
  service.kill('SIGTERM')
  t.equal((await service.ended()).code, 1)
  const summaries = service.lines.filter(({ type }) => type === 'request.summary')
  t.strictSame(summaries.map(({ path }) => path).sort(), ['/events', '/hang'])
  t.match(service.lines.at(-1), {
    severity: 3,
    msg: 'not closed in time: cutting open requests',
    requests: [/^GET \/events \d+ ms$/, /^GET \/hang \d+ ms$/]
  })
})

test('a close that hangs although its streams are cut ends with 1', async (t) => {
  const service = new Service(t, { ...options({ closeTimeout: 100 }), ON_CLOSE: 'hang' })
  await ask(t, service, '/events')
  service.kill('SIGTERM')
  t.equal((await service.ended()).code, 1)
  t.match(service.lines.at(-1), { severity: 3, msg: 'not closed in time: ending at once' })
})

test('a close that hangs ends after closeTimeout, with 1 and a line', async (t) => {
  const service = new Service(t, { ...options({ closeTimeout: 100 }), ON_CLOSE: 'hang' })
  await service.origin()
  service.kill('SIGTERM')
  t.equal((await service.ended()).code, 1)
  t.match(service.lines.at(-1), { severity: 3, type: 'app.stop', closeTimeout: 100 })
})
