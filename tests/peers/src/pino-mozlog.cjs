// Stands at the end of the copied pino.js: a logger with options that createMozlog() documents is one of its, and its
// lines reach the test in pino's own form. A logger with any other option, such as `base`, stays pino's.
// A line that is no record is appended to FAMILY_FINDINGS.
'use strict'

const { appendFileSync } = require('node:fs')
const { relative } = require('node:path')

const say = (finding) => {
  const file = relative(process.cwd(), process.argv[1] ?? '')
  appendFileSync(process.env.FAMILY_FINDINGS, `${JSON.stringify({ file, ...finding })}\n`)
}

let apps = 0
let lines = 0
process.on('exit', () => say({ kind: 'total', apps, lines, summaries: 0 }))

const taken = new Set([
  'customLevels',
  'formatters',
  'hooks',
  'level',
  'mixin',
  'mixinMergeStrategy',
  'msgPrefix',
  'name',
  'onChild',
  'redact',
  'serializers',
  'useOnlyCustomLevels'
])

const isStream = (value) => typeof value?.write === 'function' || typeof value?._write === 'function'

/** syslog's severities as pino's levels. */
const levels = { 2: 60, 3: 50, 4: 40, 6: 30, 7: 20 }

/** A field as it was logged: mozlog's has the JSON of an object or array as a string. */
function logged(value) {
  if (typeof value !== 'string' || !/^[{[]/.test(value)) return value
  try {
    return JSON.parse(value)
  } catch {
    return value // a text that merely begins as JSON does
  }
}

/** What pino would have written for a mozlog record. */
function asPino(line, name, level) {
  const { Timestamp, Severity, Pid, Hostname, Type, Fields = {} } = JSON.parse(line)
  const { msg, ...rest } = Fields
  const fields = Object.fromEntries(Object.entries(rest).map(([key, value]) => [key, logged(value)]))
  return {
    level: level ?? levels[Severity],
    time: Math.floor(Timestamp / 1e6),
    pid: Pid,
    hostname: Hostname,
    ...(name === undefined ? {} : { name }),
    ...(Type === 'app.log' ? {} : { type: Type }),
    ...fields,
    ...(msg === undefined ? {} : { msg })
  }
}

module.exports = (pino, require) => {
  let mozlog
  let schema
  function adapted(...args) {
    const [first, second] = args
    const [options, stream] = isStream(first) ? [{}, first] : [first ?? {}, second]
    const documented =
      typeof options === 'object' &&
      isStream(stream) &&
      !stream[Symbol.for('pino.metadata')] &&
      Object.keys(options).every((name) => taken.has(name)) &&
      Object.keys(options.formatters ?? {}).every((name) => name !== 'level')
    if (!documented) return pino(...args)
    mozlog ??= require('@dockerflow/mozlog')
    schema ??= require('@dockerflow/mozlog/schema')
    apps++
    const { name, ...rest } = options
    const destination = {
      [Symbol.for('pino.metadata')]: true,
      emit: (...event) => stream.emit?.(...event),
      flushSync: () => stream.flushSync?.(),
      write(line) {
        lines++
        const errors = line.endsWith('\n') ? schema.mozlogErrors(line.slice(0, -1)) : ['no line end']
        if (errors.length > 0) say({ kind: 'no record', line, errors })
        stream.write(`${JSON.stringify(asPino(line, name, this.lastLevel))}\n`)
      }
    }
    return mozlog.createMozlog({
      ...rest,
      ...(name === undefined ? {} : { logger: name }),
      stream: destination
    })
  }
  return Object.assign(adapted, pino, { default: adapted, pino: adapted })
}
