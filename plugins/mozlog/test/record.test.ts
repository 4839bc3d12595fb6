import { tracingChannel } from 'node:diagnostics_channel'
import { hostname } from 'node:os'
import { mock } from 'node:test'
import { test } from 'tap'
import { Heads } from '../src/heads.ts'
import { createMozlog, type MozlogOptions } from '../src/index.ts'
import { toHostname } from '../src/value.ts'
import { lines } from './fixtures/lines.ts'

function build(opts: MozlogOptions = {}) {
  const out = lines()
  return { out, log: createMozlog({ stream: out, ...opts }) }
}

/** The fields of the line of one call. */
function fieldsOf(...args: unknown[]) {
  const { out, log } = build()
  Reflect.apply(log.info, log, args)
  return out.last.Fields
}

test('a record has all of the members, and Timestamp is nanoseconds as an integer literal', async (t) => {
  const { out, log } = build({ logger: 'demo', hostname: 'web_1' })
  const before = Date.now()
  log.info({ type: 'cart.added', items: 3 }, 'added')
  t.match(out.last, {
    Type: 'cart.added',
    Logger: 'demo',
    Hostname: 'web-1',
    EnvVersion: '2.0',
    Severity: 6,
    Pid: process.pid
  })
  t.strictSame(out.last.Fields, { items: 3, msg: 'added' })
  const digits = /^\{"Timestamp":(\d{19}),/.exec(out.raw[0] ?? '')?.[1]
  t.ok(BigInt(digits ?? 0) >= BigInt(before) * 1_000_000n)
})

test('without options the logger is app, the host this one, the type app.log, and there are no empty Fields', async (t) => {
  const { out, log } = build()
  log.info({})
  t.match(out.last, { Type: 'app.log', Logger: 'app', Hostname: toHostname(hostname()) })
  t.notOk('Fields' in out.last)
})

test('a host name loses what a host name cannot have', async (t) => {
  t.equal(toHostname('web_1.example.org'), 'web-1.example.org')
  t.equal(toHostname('_a_._'), 'a')
  t.equal(toHostname('é'), 'unknown')
  t.equal(toHostname(''), 'unknown')
  t.equal(toHostname('x'.repeat(80)), 'x'.repeat(63))
  t.equal(toHostname(Array(5).fill('y'.repeat(63)).join('.')).length, 253)
})

test("each of pino's levels has its severity, and a custom level that of the nearest below it", async (t) => {
  const { out, log } = build({
    level: 'low',
    customLevels: { low: 1, notice: 35, alert: 55, doom: 90 }
  }) as unknown as { out: ReturnType<typeof lines>; log: Record<string, () => void> }
  const severities = {
    low: 7,
    trace: 7,
    debug: 7,
    info: 6,
    notice: 6,
    warn: 4,
    error: 3,
    alert: 3,
    fatal: 2,
    doom: 2
  }
  for (const [level, severity] of Object.entries(severities)) {
    log[level]?.()
    t.equal(out.last.Severity, severity, level)
  }
})

test('only custom levels', async (t) => {
  const { out, log } = build({ level: 'foo', customLevels: { foo: 45 }, useOnlyCustomLevels: true })
  ;(log as unknown as { foo(): void }).foo()
  t.equal(out.last.Severity, 4)
})

test('every kind of value has its form', async (t) => {
  class Point {
    x = 1
    #y = 2
    get y() {
      return this.#y
    }
  }
  const error = new Error('inner')
  error.stack = 'Error: inner\n    at here'
  const cases: [value: unknown, written: unknown][] = [
    ['text', 'text'],
    ['', ''],
    ['a\nb\u2028c\u0085d\u001b[31m\u009b"\\', 'a\nb\u2028c\u0085d\u001b[31m\u009b"\\'],
    ['\ud800', '\ud800'],
    ['😀', '😀'],
    [1.5, 1.5],
    [-0, 0],
    [Number.POSITIVE_INFINITY, 'Infinity'],
    [Number.NaN, 'NaN'],
    [true, true],
    [12345678901234567890n, '12345678901234567890'],
    [undefined, undefined],
    [null, undefined],
    [() => 1, undefined],
    [Symbol('s'), undefined],
    [new Date(0), '1970-01-01T00:00:00.000Z'],
    [new Date(Number.NaN), 'Invalid Date'],
    [Buffer.from('hé'), '68c3a9'],
    [new Uint8Array([1, 255]), '01ff'],
    [
      new Map<unknown, unknown>([
        ['a', 1],
        [2, 'b']
      ]),
      '{"2":"b","a":1}'
    ],
    [new Set([1, 2]), [1, 2]],
    [new Set(), '[]'],
    [/x/g, '/x/g'],
    [new URL('http://a.b/'), 'http://a.b/'],
    [new Point(), '{"x":1}'],
    [{ a: { b: [1, null] } }, '{"a":{"b":[1,null]}}'],
    [{ n: 1n, e: error, s: new Set(['x']) }, '{"n":"1","e":"Error: inner\\n    at here","s":["x"]}'],
    [error, 'Error: inner\n    at here'],
    [
      ['a', 'b'],
      ['a', 'b']
    ],
    [
      [1, 2.5],
      [1, 2.5]
    ],
    [
      [true, false],
      [true, false]
    ],
    [['a\u2028'], ['a\u2028']],
    [[], '[]'],
    [[1, 'a'], '[1,"a"]'],
    [[null], '[null]'],
    [[1, Number.NaN], '[1,"NaN"]'],
    [[[1]], '[[1]]'],
    [Object(7), 7],
    [{ toJSON: () => undefined }, undefined],
    [{ toJSON: () => null }, undefined],
    [{ toJSON: () => true }, true]
  ]
  for (const [value, written] of cases) {
    t.strictSame(
      fieldsOf({ before: 1, value }),
      written === undefined ? { before: 1 } : { before: 1, value: written }
    )
  }
})

test('what cannot be looked at is marked, and the rest is written', async (t) => {
  const circular: Record<string, unknown> = { name: 'c', deep: { a: { b: { c: { d: { e: 1 } } } } } }
  circular.self = circular
  circular.list = [
    circular,
    Object.defineProperty({}, 'bad', { enumerable: true, get: () => Reflect.apply(0 as never, 0, []) })
  ]
  t.strictSame(
    fieldsOf({ circular })?.circular,
    '{"name":"c","deep":{"a":{"b":{"c":{"d":"[Deeper]"}}}},"self":"[Circular]","list":["[Circular]",{"bad":"[Throws]"}]}'
  )
  const throwing = { toJSON: () => Promise.reject.call(0) }
  t.strictSame(fieldsOf({ throwing, ok: 1 }), { throwing: '{}', ok: 1 })
  const { proxy, revoke } = Proxy.revocable({}, {})
  revoke()
  t.strictSame(fieldsOf({ proxy, ok: 1 }), { proxy: '[Throws]', ok: 1 })
})

test('a getter, a formatter, a mixin, a serializer or a censor that throws costs no line, and throws nothing', async (t) => {
  const boom = () => {
    throw new Error('boom')
  }
  const hostile = Object.defineProperty({ ok: 1 }, 'bad', { enumerable: true, get: boom })
  const cases: [opts: MozlogOptions, args: unknown[], fields: object][] = [
    [{}, [hostile, 'said'], { msg: 'a log call failed', 'fields.msg': 'said', error: 'Error: boom' }],
    [
      {},
      [Object.defineProperty({}, 'method', { get: boom }), 'said'],
      { 'fields.msg': 'said', error: 'Error: boom' }
    ],
    [{ mixin: boom }, [{ a: 1 }, 'said'], { 'fields.msg': 'said', error: 'Error: boom' }],
    [{ formatters: { log: boom } }, [{ a: 1 }, 'said'], { 'fields.msg': 'said', error: 'Error: boom' }],
    [{ serializers: { a: boom } }, [{ a: 1, b: 2 }, 'said'], { msg: 'said', a: '[Throws]', b: 2 }],
    [
      { redact: { paths: ['a'], censor: boom } },
      [{ a: 1, b: 2 }, 'said'],
      { msg: 'said', a: '[Throws]', b: 2 }
    ],
    [{ hooks: { logMethod: boom } }, [{ a: 1 }, 'said'], { 'fields.msg': 'said', error: 'Error: boom' }],
    [{}, [new Proxy({}, { ownKeys: boom })], { error: 'Error: boom' }]
  ]
  for (const [opts, args, fields] of cases) {
    const { out, log } = build(opts)
    Reflect.apply(log.info, log, args)
    t.equal(out.records.length, 1)
    t.match(out.last.Fields, fields)
  }
})

test('a stream that throws throws nothing at the caller', async (t) => {
  const stream = {
    write() {
      throw new Error('no stream')
    }
  }
  const log = createMozlog({ stream })
  t.doesNotThrow(() => log.info('lost'))
})

test('no name comes twice: the newest value has it, and a caller’s own gives way to the record’s', async (t) => {
  t.strictSame(fieldsOf({ msg: 'mine', 'fields.msg': 'also', Type: 'x' }, 'said'), {
    msg: 'said',
    'fields.msg': 'mine',
    'fields.fields.msg': 'also',
    Type: 'x'
  })
  t.strictSame(fieldsOf({ msg: 'mine' }), { msg: 'mine' })
  const { __proto__: own, ...rest } = JSON.parse('{"__proto__":1}')
  t.strictSame(rest, {})
  const { out, log } = build()
  log.info(JSON.parse('{"__proto__":{"a":1},"constructor":2,"toString":3}'))
  t.ok(out.raw[0]?.includes('"Fields":{"__proto__":"{\\"a\\":1}","constructor":2,"toString":3}'), own)
  const child = log.child({ a: 1, b: 'x', list: [1, 2] }).child({ b: 'y', msg: 'bound' })
  child.info({ a: 2 }, 'said')
  t.strictSame(out.last.Fields, { msg: 'said', a: 2, b: 'y', 'fields.msg': 'bound', list: [1, 2] })
  child.info('again')
  t.strictSame(out.last.Fields, { msg: 'again', b: 'y', 'fields.msg': 'bound', a: 1, list: [1, 2] })
})

test('type is the Type when it is text, and a field when it is not', async (t) => {
  const { out, log } = build()
  log.info({ type: 'a' })
  t.equal(out.last.Type, 'a')
  for (const type of ['', 7, { a: 1 }]) {
    log.info({ type, b: 1 })
    t.equal(out.last.Type, 'app.log')
    t.strictSame(out.last.Fields, { type: typeof type === 'object' ? '{"a":1}' : type, b: 1 })
  }
  const child = log.child({ type: 'child' })
  child.info('x')
  t.equal(out.last.Type, 'child')
  child.info({ type: 'call', msg: 'y' }, 'x')
  t.equal(out.last.Type, 'call')
  t.strictSame(child.bindings(), { type: 'child' })
})

test('messages of all kinds', async (t) => {
  t.strictSame(fieldsOf('plain'), { msg: 'plain' })
  t.strictSame(fieldsOf('%s has %d', 'she', 2), { msg: 'she has 2' })
  t.strictSame(fieldsOf(7), { msg: '7' })
  t.strictSame(fieldsOf({ a: 1 }, 7), { a: 1, msg: '7' })
  t.strictSame(fieldsOf(null, 'x'), { msg: 'x' })
  t.strictSame(fieldsOf(null), undefined)
  t.strictSame(fieldsOf(undefined, 'x'), { msg: 'x' })
  t.strictSame(fieldsOf(), undefined)
})

test('a first argument that is a value of its own, and no fields, is the field value', async (t) => {
  const cases: [value: object, written: unknown][] = [
    [new Date(0), '1970-01-01T00:00:00.000Z'],
    [new Map([['a', 1]]), '{"a":1}'],
    [new Set([1, 2]), [1, 2]],
    [Buffer.from('a'), '61'],
    [/x/g, '/x/g'],
    [new URL('http://a.b/'), 'http://a.b/']
  ]
  for (const [value, written] of cases) {
    t.strictSame(fieldsOf(value), { value: written })
    t.strictSame(fieldsOf(value, 'said %d', 1), { value: written, msg: 'said 1' })
  }
})

test('an error is error and traceback, with its causes, its members and what else it carries', async (t) => {
  const cause = new TypeError('no cellar')
  const err = Object.assign(new Error('no wine', { cause }), { code: 'ENOWINE' })
  for (const args of [[err], [{ err }], [{ err }, 'no wine']]) {
    const fields = fieldsOf(...args)
    t.equal(fields?.msg, 'no wine')
    t.equal(fields?.error, 'Error: no wine')
    t.match(fields?.traceback, /^Error: no wine\n {4}at [\s\S]+\n\[cause\] TypeError: no cellar\n {4}at /)
    t.equal(fields?.err, '{"code":"ENOWINE"}')
  }
  const all = fieldsOf(new AggregateError([new Error('one'), 'two', new Error('three')], 'all'))
  t.equal(all?.error, 'AggregateError: all')
  t.match(all?.traceback, /\[member\] Error: one[\s\S]+\[member\] Error: three/)
})

test('an error of no ordinary kind is still written', async (t) => {
  const circular = new Error('round')
  circular.cause = circular
  t.match(fieldsOf(circular)?.traceback, /\[cause\] \[Circular\]$/)
  let long = new Error('0')
  for (let i = 1; i < 30; i++) long = new Error(String(i), { cause: long })
  t.match(fieldsOf(long)?.traceback, /\[cause\] \[…\]$/)
  t.match(fieldsOf(new Error('x', { cause: 'text' }))?.traceback, /\[cause\] text$/)
  t.match(fieldsOf(new Error('x', { cause: Object.create(null) }))?.traceback, /\[cause\] \[Throws\]$/)
  t.strictSame(fieldsOf({ err: 'text' }), { error: 'text' })
  t.strictSame(fieldsOf({ err: 7 }), { err: 7 })
  t.strictSame(fieldsOf({ err: { message: 'like one' } }, 'x'), {
    msg: 'x',
    error: 'Error: like one',
    traceback: 'Error: like one'
  })
  t.strictSame(fieldsOf(Object.freeze(Object.assign(new Error(''), { stack: undefined }))), {
    msg: '',
    error: 'Error',
    traceback: 'Error'
  })
  const hidden = Object.defineProperty(new Error('x'), 'stack', {
    get() {
      throw new Error('no')
    }
  })
  t.strictSame(fieldsOf(hidden), { msg: 'x', error: 'Error: x', traceback: 'Error: x' })
  t.match(fieldsOf({ err: new Error('a'), error: 'mine', traceback: 'own' }), {
    error: 'Error: a',
    'fields.error': 'mine',
    'fields.traceback': 'own'
  })
})

test('a long string is cut and says so, and so is a line with too many fields', async (t) => {
  const { out, log } = build({ maxLength: 100 })
  log.info(
    { long: 'x'.repeat(10_000_000), list: Array(60).fill(1), nested: { a: 'y'.repeat(200) } },
    'z'.repeat(101)
  )
  const { long, list, nested, msg } = out.last.Fields as Record<string, string>
  t.equal(long, `${'x'.repeat(100)}… [cut, was 10000000 long]`)
  t.equal(msg, `${'z'.repeat(100)}… [cut, was 101 long]`)
  t.match(list, /^\[1,1,.*… \[cut, was 121 long\]$/)
  t.match(nested, /^\{"a":"y+… \[cut, was 208 long\]$/)
  log.info(Object.fromEntries(Array.from({ length: 500 }, (_, i) => [`key${i}`, 'value'])))
  t.ok((out.raw[1]?.length ?? 0) < 2500)
  t.match(out.last.Fields?.cut, /^\d{3} more fields$/)
})

test('more keys than are remembered', async (t) => {
  const { out, log } = build()
  for (let i = 0; i < 1010; i++) log.info({ [`key${i}`]: i })
  t.strictSame(out.last.Fields, { key1009: 1009 })
})

test("pino's redaction works, in calls, children and errors", async (t) => {
  const { out, log } = build({ redact: ['token', 'user.password', 'err.config.key', 'list[*].x'] })
  log.info({ token: 't', user: { name: 'n', password: 'p' }, list: [{ x: 1 }], other: 'token' })
  t.strictSame(out.last.Fields, {
    token: '[Redacted]',
    user: '{"name":"n","password":"[Redacted]"}',
    list: '[{"x":"[Redacted]"}]',
    other: 'token'
  })
  log.error(Object.assign(new Error('x'), { config: { key: 'secret', url: 'u' } }))
  t.match(out.last.Fields, {
    error: 'Error: x',
    traceback: /^Error: x\n/,
    err: '{"config":{"key":"[Redacted]","url":"u"}}'
  })
  log.child({ token: 't' }).info('x')
  t.strictSame(out.last.Fields, { msg: 'x', token: '[Redacted]' })
  log.child({}, { redact: ['other'] }).info({ token: 'seen', other: 'o', gone: undefined })
  t.strictSame(out.last.Fields, { token: 'seen', other: '[Redacted]' })
  const removing = build({ redact: { paths: ['token'], remove: true } })
  removing.log.info({ token: 't', a: 1 })
  t.strictSame(removing.out.last.Fields, { a: 1 })
  const wild = build({ redact: ['*.secret'] })
  wild.log.info({ type: 'w', a: { secret: 1 }, b: 2 })
  t.equal(wild.out.last.Type, 'w')
  t.strictSame(wild.out.last.Fields, { a: '{"secret":"[Redacted]"}', b: 2 })
})

test('a message is serialized and redacted too', async (t) => {
  const scrubbing = build({ serializers: { msg: (msg: string) => msg.replace(/\d/g, '#') } })
  scrubbing.log.info('card 1234')
  t.strictSame(scrubbing.out.last.Fields, { msg: 'card ####' })
  scrubbing.log.info({ err: new Error('card 1') })
  t.equal(scrubbing.out.last.Fields?.msg, 'card #')
  const redacting = build({ redact: ['msg'] })
  redacting.log.info('secret')
  t.strictSame(redacting.out.last.Fields, { msg: '[Redacted]' })
})

test("pino's serializers, formatters, mixins, prefixes and hooks work", async (t) => {
  const seen: string[] = []
  const { out, log } = build({
    serializers: { user: (user) => user.id, err: (err) => ({ message: `my ${err.message}`, stack: 's' }) },
    formatters: { log: (obj) => ({ ...obj, formatted: true }) },
    mixin: () => ({ mixed: 1, a: 0 }),
    mixinMergeStrategy: (mergeObject, mixinObject) => ({ ...mixinObject, ...mergeObject }),
    msgPrefix: '[p] ',
    hooks: {
      logMethod(args, method) {
        seen.push('log')
        method.apply(this, args)
      },
      streamWrite(line) {
        seen.push('write')
        return line
      }
    },
    onChild: () => seen.push('child')
  })
  log.child({ user: { id: 9 } }).info({ a: 1, user: { id: 7 } }, 'm')
  t.strictSame(out.last.Fields, { msg: '[p] m', mixed: 1, a: 1, user: 7, formatted: true })
  t.strictSame(seen, ['child', 'log', 'write'])
  log.child({}, { level: 'error' })
  t.equal(seen.at(-1), 'child')
  log.error(new Error('x'))
  t.match(out.last.Fields, { error: 'Error: my x', traceback: 's' })
})

test("child loggers keep pino's ways", async (t) => {
  const { out, log } = build()
  t.throws(() => Reflect.apply(log.child, log, []), { message: 'missing bindings for child Pino' })
  const child = log.child({ a: 1, nothing: undefined }, { level: 'error', serializers: { a: (a) => a * 2 } })
  child.info('no')
  t.equal(out.raw.length, 0)
  child.error({ a: 4 }, 'yes')
  t.strictSame(out.last.Fields, { msg: 'yes', a: 8 })
  child.setBindings({ b: 2 })
  t.strictSame(child.bindings(), { a: 2, b: 2 })
  child.error('yes')
  t.strictSame(out.last.Fields, { msg: 'yes', a: 2, b: 2 })
  log.info('none of it')
  t.strictSame(out.last.Fields, { msg: 'none of it' })
  log.child({ a: 1 }, { formatters: { bindings: (b) => ({ ...b, more: true }) }, msgPrefix: '> ' }).info('x')
  t.strictSame(out.last.Fields, { msg: '> x', a: 1, more: true })
  const throwing = Object.defineProperty({ a: 1 }, 'bad', {
    enumerable: true,
    get() {
      throw new Error('no')
    }
  })
  log.child(throwing).info('x')
  t.strictSame(out.last.Fields, { msg: 'x', a: 1, bad: '[Throws]' })
  log.child(Object.create({ inherited: 1 })).info(Object.create({ inherited: 1 }), 'x')
  t.strictSame(out.last.Fields, { msg: 'x' })
  log.child({ a: 1 }, { formatters: { log: (obj) => ({ ...obj, formatted: true }) } }).info('x')
  t.strictSame(out.last.Fields, { msg: 'x', a: 1, formatted: true })
  log.child({ err: new Error('bound') }).info('x')
  t.match(out.last.Fields, { msg: 'x', error: 'Error: bound' })
})

test("pino's tracing channel reports each line", async (t) => {
  const { log } = build()
  const told: string[] = []
  const channel = tracingChannel('pino_asJson')
  const handlers = { end: ({ result }: { result: string }) => told.push(result) }
  channel.subscribe(handlers as never)
  log.info('x')
  channel.unsubscribe(handlers as never)
  log.info('y')
  t.equal(told.length, 1)
  t.match(told[0], /^\{"Timestamp"/)
})

test('a bad option is a coded TypeError that names the option', async (t) => {
  const options =
    'logger, hostname, level, stream, writeTimeout, maxLength, googleCloud, googleCloudProject, traceContext, customLevels, useOnlyCustomLevels, formatters, hooks, mixin, mixinMergeStrategy, msgPrefix, onChild, redact, serializers'
  const cases: [opts: object, message: string][] = [
    [{ logger: 7 }, 'option "logger" must be a string'],
    [{ hostname: 7 }, 'option "hostname" must be a string'],
    [{ level: {} }, 'option "level" must be the name of a level, or its number'],
    [{ writeTimeout: -1 }, 'option "writeTimeout" must be a number of milliseconds, 0 or above'],
    [{ traceContext: {} }, 'option "traceContext" must be a function'],
    [{ stream: {} }, 'option "stream" must be a stream, with a function write'],
    [{ stream: null }, 'option "stream" must be a stream, with a function write'],
    [{ maxLength: 0 }, 'option "maxLength" must be a whole number above 0'],
    [{ googleCloud: 1 }, 'option "googleCloud" must be true or false'],
    [{ googleCloudProject: 1 }, 'option "googleCloudProject" must be a string'],
    [{ redact: 'a' }, 'option "redact" must be an array of paths, or an object with one'],
    [{ mixin: {} }, 'option "mixin" must be a function'],
    [{ name: 'x' }, `option "name" is unknown; the options are: ${options}`],
    [{ constructor: 'x' }, `option "constructor" is unknown; the options are: ${options}`]
  ]
  for (const [opts, message] of cases) {
    try {
      createMozlog(opts)
      t.fail('no error')
    } catch (error) {
      t.ok(error instanceof TypeError)
      t.match(error, { code: 'DOCKERFLOW_MOZLOG_INVALID_OPTION', message: `@dockerflow/mozlog: ${message}` })
    }
  }
  t.throws(() => createMozlog({ level: 'loud' }), {
    code: 'DOCKERFLOW_MOZLOG_INVALID_OPTION',
    message:
      '@dockerflow/mozlog: option "level" must be one of trace, debug, info, warn, error, fatal, silent'
  })
  t.throws(() => createMozlog({ customLevels: { calm: 35 }, useOnlyCustomLevels: true }), {
    code: 'DOCKERFLOW_MOZLOG_INVALID_OPTION',
    message: '@dockerflow/mozlog: option "level" must be one of calm, silent'
  })
})

test('an option that is undefined has its default, as one that is left out', async (t) => {
  const options =
    'logger, hostname, level, maxLength, googleCloud, googleCloudProject, customLevels, useOnlyCustomLevels, formatters, hooks, mixin, mixinMergeStrategy, msgPrefix, onChild, redact, serializers'
  const lines: string[] = []
  const stream = { write: (line: string) => void lines.push(line.replace(/^.*?,/, '')) }
  const all = Object.fromEntries(options.split(', ').map((name) => [name, undefined]))
  for (const opts of [{}, all]) {
    const log = createMozlog({ ...opts, stream })
    log.debug('not shown')
    log.child({ a: 1 }).info({ b: new Error('bad') }, 'shown')
  }
  t.equal(lines.length, 2)
  t.equal(lines[0]?.replace(/\d+:\d+/g, ''), lines[1]?.replace(/\d+:\d+/g, ''))
  t.doesNotThrow(() => createMozlog({ stream: undefined }))
})

test('an error whose message is no text is still an error', async (t) => {
  class Silent extends Error {
    override get message() {
      return null as unknown as string
    }
  }
  const stack = 'Error\n    at here'
  const err = Object.assign(new Silent(), { stack })
  t.strictSame(fieldsOf({ err }, 'said'), { msg: 'said', error: 'Error', traceback: stack })
  t.match(fieldsOf(err), { error: 'Error', traceback: stack })
})

test('bindings that cannot be looked at leave a child with those of its parent, and throw nothing', async (t) => {
  const { proxy, revoke } = Proxy.revocable({}, {})
  revoke()
  const { out, log } = build()
  const child = log.child({ a: 1 }).child(proxy)
  child.setBindings(proxy)
  child.info('said')
  t.strictSame(out.last.Fields, { msg: 'said', a: 1 })
})

test('data in which the same is reached in more ways than there is time for ends, with a mark', async (t) => {
  let level: Record<string, unknown> = { leaf: 1 }
  for (let depth = 0; depth < 5; depth++) {
    level = Object.fromEntries(Array.from({ length: 50 }, (_, i) => [`k${i}`, level]))
  }
  level.self = level
  // Each of them, some 300 million, would take minutes.
  const { log, out } = build({ maxLength: 10_000_000 })
  log.info({ level, after: 1 })
  t.match(out.last.Fields, { level: /"k49":"\[Deeper\]","self":"\[Circular\]"\}$/, after: 1 })
})

test('a cut binding keeps its mark when another of its logger changes', async (t) => {
  const { out, log } = build({ maxLength: 10 })
  log
    .child({ long: 'x'.repeat(50), b: 1 })
    .child({ b: 2 })
    .info('said')
  t.strictSame(out.last.Fields, { msg: 'said', b: 2, long: 'xxxxxxxxxx… [cut, was 50 long]' })
})

test('names that are cut to the same do not become one', async (t) => {
  const { out, log } = build({ maxLength: 10 })
  const names = ['a', 'b'].map((end) => 'x'.repeat(50) + end)
  const cut = 'xxxxxxxxxx… [cut, was 51 long]'
  log.info(Object.fromEntries(names.map((name) => [name, name.at(-1)])))
  t.strictSame(out.last.Fields, { [cut]: 'a', [`fields.${cut}`]: 'b' })
})

test('a message that is no string keeps what it says', async (t) => {
  const { log, out } = build()
  const cases: [message: unknown, expected: string][] = [
    [{ action: 'paid', amount: 3 }, '{"action":"paid","amount":3}'],
    [['a', 'b'], '["a","b"]'],
    [[1, { b: 2 }], '[1,{"b":2}]'],
    [new Error('boom'), 'Error: boom'],
    [new Date(0), '1970-01-01T00:00:00.000Z'],
    [{ toJSON: () => null }, 'null'],
    [Symbol('s'), 'Symbol(s)'],
    [function named() {}, '[Function: named]'],
    [() => {}, '[Function: anonymous]'],
    [7, '7'],
    [true, 'true'],
    [10n, '10']
  ]
  for (const [message, expected] of cases) {
    log.info({ a: 1 }, message as string)
    t.strictSame(out.last.Fields, { a: 1, msg: expected })
    log.info({ a: 1, fields: {}, error: 1 }, message as string)
    t.equal(out.last.Fields?.msg, expected)
    if (typeof message === 'object') continue
    log.info(message as string)
    t.strictSame(out.last.Fields, { msg: expected })
  }
})

test('formatters.bindings is asked once, and what it adds is on each line', async (t) => {
  let asked = 0
  const bindings = (given: Record<string, unknown>) => {
    asked++
    t.strictSame(Object.keys(given), ['pid', 'hostname'])
    return { ...given, service: 'shop' }
  }
  const { log, out } = build({ formatters: { bindings } })
  log.info('root')
  t.strictSame(out.last.Fields, { msg: 'root', service: 'shop' })
  log.child({ a: 1 }).info('child')
  t.strictSame(out.last.Fields, { a: 1, msg: 'child', service: 'shop' })
  t.equal(asked, 1)
  const renamed = build({
    formatters: { bindings: ({ pid }) => ({ process: pid, pid: 'own', hostname: 'own' }) }
  })
  renamed.log.info({})
  t.strictSame(renamed.out.last.Fields, { process: process.pid, pid: 'own', hostname: 'own' })
})

test('formatters.bindings may return null, as pino lets it', async (t) => {
  const { log, out } = build({ formatters: { bindings: () => null as unknown as object } })
  log.info('root')
  t.equal(out.last.Pid, process.pid)
  t.strictSame(out.last.Fields, { msg: 'root' })
  log.child({ a: 1 }).info('child')
  t.strictSame(out.last.Fields, { a: 1, msg: 'child' })
  log.child({ a: 1 }, { formatters: { bindings: () => null as unknown as object } }).info('other')
  t.strictSame(out.last.Fields, { msg: 'other' })
})

test('useOnlyCustomLevels without customLevels is refused by its own name', async (t) => {
  const message = '@dockerflow/mozlog: option "useOnlyCustomLevels" must be false, or come with customLevels'
  t.throws(() => createMozlog({ useOnlyCustomLevels: true }), {
    code: 'DOCKERFLOW_MOZLOG_INVALID_OPTION',
    message
  })
  t.throws(() => createMozlog({ useOnlyCustomLevels: true, customLevels: {} }), { message })
})

test('a level is taken as pino takes it: by any case of a standard name, or by number', async (t) => {
  for (const [level, name] of [
    ['INFO', 'info'],
    ['Silent', 'silent'],
    [30, 'info'],
    [Number.POSITIVE_INFINITY, 'silent']
  ] as const) {
    t.equal(createMozlog({ level, stream: { write() {} } }).level, name)
  }
  const stream = { write() {} }
  t.equal(createMozlog({ level: 35, customLevels: { calm: 35 }, stream }).level, 'calm')
  t.equal(createMozlog({ level: 'Calm', customLevels: { Calm: 35 }, stream }).level, 'Calm')
  for (const level of [31, Number.NaN, 'CALM']) {
    t.throws(() => createMozlog({ level, customLevels: { calm: 35 }, useOnlyCustomLevels: level === 31 }), {
      code: 'DOCKERFLOW_MOZLOG_INVALID_OPTION'
    })
  }
})

test('while the clock says 0, lines are valid', async (t) => {
  t.teardown(() => mock.timers.reset())
  mock.timers.enable({ apis: ['Date'] })
  const { log, out } = build()
  log.info('at 0')
  mock.timers.tick(1)
  log.info('at 1')
  t.strictSame(
    out.records.map(({ Timestamp }) => Timestamp),
    [0, 1_000_000]
  )
})

test('names of data take no memory for good, and leave the names of the service as fast as they were', async (t) => {
  const heads = new Heads()
  heads.set('own', '"own":')
  heads.set('x'.repeat(65), 'long')
  t.equal(heads.get('x'.repeat(65)), undefined)
  for (let i = 0; i < 10_000; i++) {
    heads.set(`evil${i}`, 'x')
    if (i % 100 === 0) t.equal(heads.get('own'), '"own":')
  }
  t.equal(heads.get('evil0'), undefined)
  t.equal(heads.get('evil9999'), 'x')
})

test('of a huge value only the text that is kept is made, and each kind of value is as it is when it is small', async (t) => {
  const { log, out } = build({ maxLength: 1000 })
  const huge: [value: unknown, start: string][] = [
    [Array(1e6).fill(1), '[1,1,'],
    [Array(1e6).fill('a'), '["a","a",'],
    [Array(1e6).fill({}), '[{},{},'],
    [Array(1e6).fill(undefined), '[null,null,'],
    [[1, 'a', ...Array(1e5).fill(1)], '[1,"a",1,'],
    [Object.fromEntries(Array.from({ length: 1e5 }, (_, i) => [`k${i}`, i])), '{"k0":0,'],
    [new Map(Array.from({ length: 1e5 }, (_, i) => [i, i])), '{"0":0,'],
    [new Set(Array.from({ length: 1e5 }, (_, i) => i)), '[0,1,'],
    [{ text: 'x'.repeat(1e6) }, '{"text":"xxx']
  ]
  for (const [value, start] of huge) {
    log.info({ value })
    const text = String(out.last.Fields?.value)
    t.ok(text.startsWith(start), start)
    t.match(text, /… \[cut\]$/)
    t.ok(text.length < 1020)
  }
  log.info({ value: new Uint8Array(1e6) })
  t.match(out.last.Fields?.value, /^0{1000}… \[cut, was \d+ long\]$/)
  const small: [value: unknown, expected: unknown][] = [
    [[1, Number.NaN], '[1,"NaN"]'],
    [[1, 'a'], '[1,"a"]'],
    [
      [new Date(0), new Date(0)],
      ['1970-01-01T00:00:00.000Z', '1970-01-01T00:00:00.000Z']
    ],
    [
      [Object(1), Object(2)],
      [1, 2]
    ],
    [
      [true, false],
      [true, false]
    ],
    [[1, undefined], '[1,null]'],
    [[], '[]'],
    [{ a: undefined, b: () => {}, c: 1, d: null, e: 10n, f: true }, '{"c":1,"d":null,"e":"10","f":true}'],
    [{ a: undefined }, '{}'],
    [Object(true), true],
    [{ deep: JSON.parse(`${'['.repeat(300)}${']'.repeat(300)}`) }, /^\{"deep":\[\[\[\["\[Deeper\]"/]
  ]
  for (const [value, expected] of small) {
    log.info({ value })
    t.match(out.last.Fields, { value: expected })
  }
})

test('an AggregateError that holds itself, or very many, has a short traceback', async (t) => {
  const { log, out } = build()
  const itself = new AggregateError([], 'x')
  itself.errors = Array(1e6).fill(itself)
  log.error(itself)
  t.equal(String(out.last.Fields?.traceback).match(/\[Circular\]/g)?.length, 11)
  log.error(
    new AggregateError(
      Array.from({ length: 1e5 }, (_, i) => new Error(`e${i}`)),
      'many'
    )
  )
  const traceback = String(out.last.Fields?.traceback)
  t.match(traceback, /Error: e8\n/)
  t.notMatch(traceback, /Error: e9\n/)
  t.match(traceback, /\[member\] \[…\]/)
})

test('a field name is cut at 256', async (t) => {
  const { log, out } = build()
  log.info({ ['n'.repeat(65_000)]: 1 })
  t.strictSame(out.last.Fields, { [`${'n'.repeat(256)}… [cut, was 65000 long]`]: 1 })
})

test('what cannot be looked at is marked inside of other data too', async (t) => {
  const { log, out } = build()
  const { proxy, revoke } = Proxy.revocable({}, {})
  revoke()
  log.info({ value: { inner: proxy, ok: 1 } })
  t.strictSame(out.last.Fields, { value: '{"inner":"[Throws]","ok":1}' })
})

test('an object that looks like a request or a response is taken for one, as pino does', async (t) => {
  const { out, log } = build({})
  const request = { method: 'GET', url: '/', headers: { host: 'a' }, socket: {} }
  log.info(request, 'asked')
  t.match(out.last.Fields, { msg: 'asked', req: /"method":"GET"/ })
  log.info({ setHeader() {}, statusCode: 200, headersSent: true }, 'answered')
  t.match(out.last.Fields, { msg: 'answered', res: /"statusCode":200/ })
  log.info({ method: 'GET', headers: 'none' }, 'neither')
  t.strictSame(out.last.Fields, { msg: 'neither', method: 'GET', headers: 'none' })
  log.info({ method: 'GET' }, 'neither')
  t.strictSame(out.last.Fields, { msg: 'neither', method: 'GET' })
})
