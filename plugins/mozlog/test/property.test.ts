import { runs } from '@dockerflow/testing/property'
import fc from 'fast-check'
import { test } from 'tap'
import { createMozlog } from '../src/index.ts'
import { mozlogErrors } from '../src/schema.ts'
import { lines } from './fixtures/lines.ts'

/** Members that do something when they are looked at. */
const hostile = fc.oneof(
  fc.constant(
    Object.defineProperty({ a: 1 }, 'bad', { enumerable: true, get: () => Reflect.apply(0 as never, 0, []) })
  ),
  fc.constant({ toJSON: () => Reflect.apply(0 as never, 0, []) }),
  fc.constant(new Proxy({}, { get: () => Reflect.apply(0 as never, 0, []) })),
  fc.constant(Object.assign(Object.create(null), { nothing: null })),
  fc.constant(Buffer.from('x')),
  fc.constant(Symbol('s')),
  fc.constant(() => {}),
  fc.constant(new Error('e', { cause: new AggregateError([1, new Error('m')]) })),
  fc.date({ noInvalidDate: false }),
  fc.bigInt(),
  fc.constant(
    (() => {
      const self: unknown[] = []
      self.push(self)
      return { self }
    })()
  )
)
const text = fc.string({ unit: 'binary', maxLength: 40 })
const key = fc.oneof(
  text,
  fc.constantFrom(
    'msg',
    'type',
    'Type',
    'err',
    'error',
    'traceback',
    'cut',
    'fields.msg',
    '__proto__',
    'toString',
    'rid'
  )
)
const value = fc.oneof(
  hostile,
  text,
  fc.anything({
    withBigInt: true,
    withBoxedValues: true,
    withDate: true,
    withMap: true,
    withSet: true,
    withTypedArray: true,
    withSparseArray: true,
    withNullPrototype: true,
    withObjectString: true,
    withUnicodeString: true
  })
)
const object = fc.dictionary(key, value, { maxKeys: 8 })

test('whatever is logged, one valid line comes of it, and nothing is thrown', async (t) => {
  const out = lines()
  const plain = createMozlog({ stream: out, level: 'trace' })
  const redacting = createMozlog({ stream: out, level: 'trace', redact: ['error', '*.a'], googleCloud: true })
  const level = fc.constantFrom('trace', 'debug', 'info', 'warn', 'error', 'fatal')
  const args = fc.oneof(
    fc.tuple(object),
    fc.tuple(object, text),
    fc.tuple(object, value),
    fc.array(value, { maxLength: 4 })
  )
  fc.assert(
    fc.property(fc.boolean(), level, args, object, fc.boolean(), (redact, name, given, bound, child) => {
      out.raw.length = 0
      const root = redact ? redacting : plain
      const log = child ? root.child(bound) : root
      Reflect.apply(log[name], log, given)
      return out.records.length === 1 && mozlogErrors(out.raw[0] ?? '').length === 0
    }),
    runs(3000, 100_000)
  )
  t.pass('all of them')
})
