import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { createInterface } from 'node:readline'
import { guarded } from '@dockerflow/testing/guard'
import { test } from 'tap'
import { build, manual, until } from './fixtures/app.ts'

test('a backend that is down while the app boots does not keep it from starting', async (t) => {
  let down = true
  const app = await build(t, {
    ttl: 0,
    checks: {
      db() {
        if (down) throw new Error('refused')
      },
      polled: { interval: 10, run: () => Promise.reject(new Error('refused')) }
    }
  })
  const url = await app.listen({ port: 0 })
  t.equal((await fetch(`${url}/__heartbeat__`)).status, 503)
  down = false
  t.match(await (await fetch(`${url}/__heartbeat__`)).json(), { checks: { db: 'ok', polled: 'error' } })
})

test('close() during a hang aborts and kills the run, answers who waits, and does not wait for the check', async (t) => {
  const check = manual()
  const events: string[] = []
  const app = await build(t, {
    wait: 60_000,
    timeout: 60_000,
    checks: {
      db: {
        run(context) {
          context.signal.addEventListener('abort', () => events.push('abort'))
          return check.run(context)
        },
        kill: () => void events.push('kill'),
        close: () => new Promise(() => events.push('close'))
      }
    }
  })
  const waiting = fetch(`${await app.listen({ port: 0 })}/__heartbeat__`, {
    headers: { connection: 'close' }
  })
  await until(() => check.state.runs === 1)
  const start = performance.now()
  await app.close()
  t.ok(performance.now() - start < 5000)
  t.strictSame(events, ['abort', 'kill', 'close', 'kill'], 'a close() that hangs is ended as well')
  t.equal((await waiting).status, 503)
})

test('close() closes each check once, also when called twice, and ends the pollers', async (t) => {
  let closes = 0
  let runs = 0
  const app = await build(t, {
    checks: {
      db: { interval: 10, run: () => void runs++, close: async () => void closes++ },
      other: manual().run
    }
  })
  await app.ready()
  app.heartbeat.addCheck('late', { run: () => {}, close: () => void closes++ })
  await until(() => runs > 1)
  await Promise.all([app.close(), app.close()])
  t.equal(closes, 2)
  const before = runs
  t.match(await app.heartbeat.run(), { checks: { db: 'ok', late: 'unknown' } })
  app.heartbeat.addCheck('too late', { run: () => void runs++, close: () => void closes++ })
  await app.heartbeat.run()
  await new Promise((resolve) => setTimeout(resolve, 50))
  t.equal(runs, before)
  t.equal(closes, 3, 'also one that is added when it is too late')
})

test('close() of an app that was never ready is fine', async (t) => {
  const app = await build(t, { checks: { db: () => {} } })
  await t.resolves(app.close())
})

test('on SIGTERM during a run the process ends by itself', async (t) => {
  const program = `
    import net from 'node:net'
    import Fastify from 'fastify'
    import fastifyHeartbeat from '${new URL('../src/index.ts', import.meta.url)}'
    const silent = net.createServer(() => {}).listen(0, '127.0.0.1')
    silent.unref()
    let socket
    const app = Fastify()
    await app.register(fastifyHeartbeat, {
      checks: {
        db: {
          run: () => new Promise((_, reject) => {
            socket = net.connect(silent.address().port, '127.0.0.1').on('error', reject)
            console.log('running')
          }),
          kill: () => socket.destroy()
        }
      }
    })
    process.once('SIGTERM', () => app.close())
    const url = await app.listen({ port: 0 })
    fetch(url + '/__heartbeat__', { headers: { connection: 'close' } }).catch(() => {})`
  const child = guarded(
    spawn(process.execPath, ['--input-type=module', '--eval', program], {
      cwd: new URL('..', import.meta.url),
      stdio: ['ignore', 'pipe', 'inherit']
    })
  )
  t.teardown(() => child.kill('SIGKILL'))
  await once(createInterface({ input: child.stdout }), 'line')
  child.kill('SIGTERM')
  t.strictSame(await once(child, 'exit'), [0, null])
})
