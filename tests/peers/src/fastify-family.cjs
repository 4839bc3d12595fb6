// Stands at the end of the copied fastify.js: each app that a test makes has the family registered first. What only
// shows from outside a test (a line that is no record, a request without its summary) is appended to FAMILY_FINDINGS.
'use strict'

const { appendFileSync } = require('node:fs')
const { relative } = require('node:path')

const say = (finding) => {
  const file = relative(process.cwd(), process.argv[1] ?? '')
  appendFileSync(process.env.FAMILY_FINDINGS, `${JSON.stringify({ file, ...finding })}\n`)
}

/** Options with which a test says how its app logs: these apps keep their own logger. */
const logging = ['logger', 'loggerInstance', 'logController', 'disableRequestLogging', 'requestIdLogLabel']
/** Options of the family's that make no sense beside one of the test's. */
const excluded = { genReqId: 'requestIdHeader', requestIdHeader: 'genReqId' }

/** A function that the copied fastify.js calls with each response, before anything of the app does. */
const seen = Symbol.for('dockerflow.seen')

let family
let schema

/** Counts the requests that reach an app, and the summaries that come of them. */
class Count {
  requests = new Set()
  lines = 0
  summaries = 0

  stream = {
    write: (line) => {
      this.lines++
      const errors = line.endsWith('\n') ? schema.mozlogErrors(line.slice(0, -1)) : ['no line end']
      if (errors.length > 0) say({ kind: 'no record', line, errors })
      else if (JSON.parse(line).Type === 'request.summary') this.summaries++
    }
  }

  /** Requests that are answered: one in flight when the process ends has no summary yet. */
  get answered() {
    return [...this.requests].filter((response) => response.writableFinished || response.closed)
  }
}

const counts = []
process.on('exit', () => {
  for (const { answered, summaries } of counts)
    if (summaries < answered.length) {
      const urls = answered.map(({ req, statusCode }) => `${req?.method} ${req?.url} ${statusCode}`)
      say({ kind: 'no summary', answered: answered.length, summaries, urls })
    }
  const lines = counts.reduce((sum, count) => sum + count.lines, 0)
  const summaries = counts.reduce((sum, count) => sum + count.summaries, 0)
  say({ kind: 'total', apps: counts.length, lines, summaries })
})

module.exports = (fastify, require) => {
  // Tests call it with `new` as well.
  function withFamily(options) {
    // For Fastify itself to refuse.
    if (options !== undefined && (typeof options !== 'object' || options === null)) return fastify(options)
    // Not at the top: these packages load what a test may want to replace first.
    family ??= require('@dockerflow/all')
    schema ??= require('@dockerflow/mozlog/schema')

    const merged = { ...options }
    const foreign = logging.some((name) => name in merged)
    let count
    if (!foreign) {
      count = new Count()
      counts.push(count)
      const ours = family.dockerflowServerOptions({ logger: 'peers', level: 'trace', stream: count.stream })
      // What the family sets beside the logger are time-outs, which these tests set or measure themselves.
      for (const name of [
        ...logging,
        'genReqId',
        'requestIdHeader',
        'childLoggerFactory',
        'clientErrorHandler',
        'frameworkErrors'
      ])
        if (name in ours && !(name in merged) && !(excluded[name] in merged)) merged[name] = ours[name]
    }
    const app = fastify(merged)
    if (count) app[seen] = (response) => count.requests.add(response)
    app.register(family.default, {
      mozlog: foreign ? false : {},
      version: { version: { source: 'https://example.com/a/b', version: '1', commit: '', build: '' } },
      heartbeat: { checks: { one: async () => undefined } },
      error: { enabled: true }
    })
    return app
  }
  return withFamily
}
