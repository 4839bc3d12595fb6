import { test } from 'tap'
import { mozlogErrors } from '../src/schema.ts'
import { validate } from './fixtures/lines.ts'

const base = {
  Timestamp: 1763664000000000000,
  Type: 'app.log',
  Logger: 'demo',
  Hostname: 'web-1.example.org',
  EnvVersion: '2.0',
  Severity: 6,
  Pid: 1,
  Fields: { a: 'x', b: 1, c: true, d: ['x'], e: [1], f: [false], g: { value: 1, representation: 's' } }
}

test('a record is what the public schema says that it is', async (t) => {
  const cases: unknown[] = [
    base,
    { Timestamp: 0 },
    { ...base, more: 1 },
    {},
    [],
    'text',
    null,
    { Timestamp: '1' },
    { Timestamp: -1 },
    { Timestamp: 1.5 },
    { ...base, Severity: 8 },
    { ...base, Severity: -1 },
    { ...base, Severity: '6' },
    { ...base, Pid: -1 },
    { ...base, Type: 7 },
    { ...base, Logger: null },
    { ...base, EnvVersion: '2.0.1.3' },
    { ...base, EnvVersion: 2 },
    { ...base, Hostname: 'web_1' },
    { ...base, Hostname: '' },
    { ...base, Fields: {} },
    { ...base, Fields: [] },
    ...[null, {}, { value: null }, { value: {} }, { representation: 'x' }, [], [1, 'a'], [null], [[1]]].map(
      (a) => ({
        ...base,
        Fields: { a }
      })
    ),
    { ...base, Fields: { a: { value: [true] } } },
    { ...base, Fields: { a: { value: 1, representation: 2 } } }
  ]
  for (const record of cases) {
    const line = JSON.stringify(record)
    t.equal(mozlogErrors(`${line}\n`).length === 0, validate(record), line)
  }
})

test('errors name the member', async (t) => {
  t.strictSame(mozlogErrors(JSON.stringify(base)), [])
  t.match(mozlogErrors(JSON.stringify({ ...base, Severity: 9 })), [/^\/Severity must be <= 7$/])
  t.match(mozlogErrors('{}'), [/^\/ must have required/])
  t.match(mozlogErrors('nope'), [/^is no JSON: /])
  t.strictSame(mozlogErrors('{"Timestamp":1}\n{"Timestamp":1}'), ['is more than one line'])
})
