import { test } from 'tap'
import {
  aFunction,
  anObject,
  anything,
  boolean,
  checkOptions,
  fraction,
  hasMembers,
  nothing,
  numberFrom,
  oneOf,
  positive,
  type Rule,
  rule,
  string,
  strings,
  text,
  toPort,
  urlPath,
  wholeFrom
} from '../src/options.ts'

class InvalidOption extends TypeError {}
const invalid = (name: string, expected: string) => new InvalidOption(`${name} ${expected}`)

test('the first bad option is an error that names it and what was expected, never its value', async (t) => {
  const rules = { url: urlPath, limit: positive }
  const cases: [options: unknown, message: string][] = [
    [{ url: 'secret' }, 'url must be a path that starts with "/"'],
    [{ url: null }, 'url must be a path that starts with "/"'],
    [{ limit: '5', url: 7 }, 'limit must be a number above 0'],
    [{ prefix: '/x' }, 'prefix is unknown; the options are: url, limit'],
    [{ prefix: undefined }, 'prefix is unknown; the options are: url, limit'],
    [{ constructor: 7 }, 'constructor is unknown; the options are: url, limit'],
    [JSON.parse('{"__proto__":{}}'), '__proto__ is unknown; the options are: url, limit'],
    [null, 'options must be an object'],
    [[], 'options must be an object'],
    ['/', 'options must be an object']
  ]
  for (const [options, message] of cases) {
    t.throws(() => checkOptions(options as object, rules, invalid), new InvalidOption(message))
  }
  t.throws(
    () => checkOptions({ limit: -1 }, rules, invalid, 'checks.db.'),
    new InvalidOption('checks.db.limit must be a number above 0')
  )
  t.doesNotThrow(() => checkOptions({}, rules, invalid))
  t.doesNotThrow(
    () => checkOptions({ url: '/', limit: undefined }, rules, invalid),
    'undefined is the default'
  )
})

test('each rule takes what it says, and nothing else', async (t) => {
  const all = [
    undefined,
    null,
    true,
    0,
    0.5,
    1,
    1.5,
    70_000,
    -1,
    Number.NaN,
    Number.POSITIVE_INFINITY,
    1n,
    '',
    'a',
    '/a',
    '7',
    [],
    ['a'],
    ['a', 1],
    {},
    { a: 1 },
    () => {},
    Symbol('a'),
    new Map()
  ]
  const taken = ({ accepts }: Rule) =>
    all.filter(accepts).map((value) => (typeof value === 'function' ? 'fn' : value))
  t.strictSame(taken(string), ['', 'a', '/a', '7'])
  t.strictSame(taken(text), ['a', '/a', '7'])
  t.strictSame(taken(urlPath), ['/a'])
  t.strictSame(taken(strings('names')), [[], ['a']])
  t.strictSame(taken(oneOf('a', 'b')), ['a'])
  t.strictSame(taken(boolean), [true])
  t.strictSame(taken(positive), [0.5, 1, 1.5, 70_000])
  t.strictSame(taken(fraction), [0.5, 1])
  t.strictSame(taken(numberFrom(0, 1)), [0, 0.5, 1])
  t.strictSame(taken(wholeFrom(0, 65_535)), [0, 1])
  t.strictSame(taken(anObject), [{}, { a: 1 }, new Map()])
  t.strictSame(taken(aFunction), ['fn'])
  t.strictSame(taken(nothing), [undefined])
  t.equal(all.filter(anything.accepts).length, all.length)
  t.strictSame(taken(rule('one', (value) => value === 1)), [1])
  t.equal(all.filter(hasMembers).length, 7)
})

test('a rule says what it expects', async (t) => {
  t.strictSame(
    [
      oneOf('a', 'b'),
      strings('ids'),
      numberFrom(1, 2),
      numberFrom(1, 2, 'ms'),
      wholeFrom(0, 9),
      wholeFrom(0, 9, 'ms')
    ].map(({ expected }) => expected),
    [
      '"a" or "b"',
      'an array of ids',
      'a number from 1 to 2',
      'a number of ms from 1 to 2',
      'a whole number from 0 to 9',
      'a whole number of ms from 0 to 9'
    ]
  )
})

test('a port is read of digits alone', async (t) => {
  t.strictSame(
    ['80', '0', '65535', '00080'].map((text) => toPort(text)),
    [80, 0, 65_535, 80]
  )
  for (const text of ['', ' 80', '0x50', '8e3', '65536', '-1', '1.5', '123456', 'http'])
    t.notOk(toPort(text) >= 0, text)
  t.notOk(toPort('0', 1) >= 0)
})
