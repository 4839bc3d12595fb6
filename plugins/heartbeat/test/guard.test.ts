import { setTimeout as sleep } from 'node:timers/promises'
import { test } from 'tap'
import { guardSignal } from '../src/guard-signal.ts'
import { build, buildLogging, until } from './fixtures/app.ts'

/** What ended the process, were it not for this test, while `run` ran. */
async function uncaughtIn(run: () => Promise<void>): Promise<unknown[]> {
  const caught: unknown[] = []
  const catches = (err: unknown) => void caught.push(err)
  process.on('uncaughtException', catches).on('unhandledRejection', catches)
  try {
    await run()
    await sleep(50)
  } finally {
    process.off('uncaughtException', catches).off('unhandledRejection', catches)
  }
  return caught
}

test('an abort listener of a check that throws or rejects is logged, no more', async (t) => {
  const listeners: ((signal: AbortSignal) => void)[] = [
    (signal) =>
      signal.addEventListener('abort', () => {
        throw new Error('thrown')
      }),
    (signal) =>
      signal.addEventListener('abort', async () => {
        throw new Error('rejected')
      }),
    (signal) => {
      signal.onabort = () => {
        throw new Error('onabort')
      }
    },
    (signal) =>
      signal.addEventListener('abort', {
        handleEvent() {
          throw new Error('object')
        }
      })
  ]
  for (const listen of listeners) {
    const { app, lines } = await buildLogging(t, {
      wait: 10,
      checks: {
        db: {
          timeout: 20,
          run({ signal }) {
            listen(signal)
            return new Promise((resolve) => signal.addEventListener('abort', () => resolve()))
          }
        }
      }
    })
    const uncaught = await uncaughtIn(async () => {
      await app.inject('/__heartbeat__')
      await until(() => lines.some(({ method }) => method === 'abort'))
    })
    t.strictSame(uncaught, [])
    t.match(lines, [
      { msg: 'check timed out' },
      { level: 40, check: 'db', msg: 'callback threw', err: { message: String } }
    ])
  }
})

test('a connection that a run could not destroy when its time was over is logged; what else it throws is not', async (t) => {
  const destroyed = new Error('the socket is not open')
  const { app, lines } = await buildLogging(t, {
    wait: 10,
    ttl: 1,
    checks: {
      async db({ signal }) {
        const { promise, reject } = Promise.withResolvers<never>()
        signal.addEventListener('abort', () => {
          reject(
            new AggregateError([destroyed], 'the connection could not be destroyed', { cause: signal.reason })
          )
        })
        return promise
      },
      async cache({ signal }) {
        const { promise, reject } = Promise.withResolvers<never>()
        signal.addEventListener('abort', () => reject(new AggregateError([signal.reason], 'no answer')))
        return promise
      }
    },
    timeout: 20
  })
  await app.inject('/__heartbeat__')
  await until(() => lines.some(({ method }) => method === 'abort'))
  await sleep(50)
  const problems = lines.filter(({ msg }) => msg === 'callback threw')
  t.match(problems, [{ level: 40, check: 'db', method: 'abort', err: { message: /could not be destroyed/ } }])
  t.equal(problems.length, 1)
})

test('a removed listener does not get the abort, and a value that is no listener is left alone', async (t) => {
  const controller = new AbortController()
  const heard: string[] = []
  const signal = guardSignal(controller.signal, (err) => t.fail(String(err)))
  const removed = () => void heard.push('removed')
  signal.addEventListener('abort', removed)
  signal.removeEventListener('abort', removed)
  signal.addEventListener('abort', null as never)
  const twice = () => void heard.push('kept')
  signal.addEventListener('abort', twice)
  signal.addEventListener('abort', twice)
  controller.abort()
  t.strictSame(heard, ['kept'])
})

test('a logger that throws ends no process', async (t) => {
  const uncaught = await uncaughtIn(async () => {
    const app = await build(t, {
      wait: 10,
      checks: {
        db: { timeout: 20, run: () => new Promise(() => {}), kill: () => Promise.reject(new Error('kill')) }
      }
    })
    for (const method of ['warn', 'error', 'fatal'] as const) {
      app.log[method] = () => {
        throw new Error('the log is full')
      }
    }
    const codes: number[] = []
    await until(async () => {
      codes.push((await app.inject('/__heartbeat__')).statusCode)
      return (await app.inject('/__heartbeat__')).body.includes('C100')
    })
    t.equal(codes[0], 503)
  })
  t.strictSame(uncaught, [])
})
