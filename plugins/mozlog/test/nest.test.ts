import { test } from 'tap'
import { createMozlog } from '../src/index.ts'
import { nestLogger } from '../src/nest.ts'

function setUp() {
  const lines: string[] = []
  const log = createMozlog({ level: 'trace', stream: { write: (line) => void lines.push(line) } })
  const take = () => lines.splice(0).map((line) => JSON.parse(line))
  return { logger: nestLogger(log), take }
}

test("each method of Nest's is a level, and the context a field", async (t) => {
  const { logger, take } = setUp()
  for (const method of ['fatal', 'error', 'warn', 'log', 'debug', 'verbose'] as const) {
    logger[method]('hello', 'OrdersService')
  }
  t.match(
    take(),
    [2, 3, 4, 6, 7, 7].map((Severity) => ({ Severity, Fields: { context: 'OrdersService', msg: 'hello' } }))
  )
})

test('an error with its stack, as Nest gives them, has a traceback', async (t) => {
  const { logger, take } = setUp()
  const { stack } = new Error('no stock')
  logger.error('no stock', stack, 'OrdersService')
  t.match(take(), [
    { Fields: { context: 'OrdersService', msg: 'no stock', error: 'Error: no stock', traceback: stack } }
  ])
  logger.error(new TypeError('no order'), undefined, 'OrdersService')
  t.match(take(), [{ Fields: { context: 'OrdersService', error: 'TypeError: no order', traceback: /at / } }])
})

test('objects are fields, and several messages are a line each', async (t) => {
  const { logger, take } = setUp()
  logger.log({ order: 7 }, 'second', 'OrdersService')
  logger.warn(undefined)
  t.match(take(), [
    { Fields: { context: 'OrdersService', order: 7 } },
    { Fields: { context: 'OrdersService', msg: 'second' } },
    { Fields: { msg: 'undefined' } }
  ])
})
