import { openSync, writeSync } from 'node:fs'
import { createRequire } from 'node:module'
import { PassThrough, Transform, Writable } from 'node:stream'
import util from 'node:util'
import { createMozlog } from '@dockerflow/mozlog'
import { pino } from 'pino'

// A process that logs lines by one of the peers, all to the same destination, and answers what that cost it.

type Log = (fields: Record<string, unknown>, message: string) => void

const require = createRequire(import.meta.url)
const fd = openSync('/dev/null', 'w')
let written = 0

const span = { traceId: '0af7651916cd43dd8448eb211c80319c', spanId: 'b7ad6b7169203331', sampled: true }

/** The destination of all: one blocking write for each line. */
function write(line: string | Uint8Array): void {
  written++
  writeSync(fd, line as string)
}

const sink = () =>
  new Writable({
    decodeStrings: false,
    write(chunk, _encoding, callback) {
      write(chunk)
      callback()
    }
  })

const peers: Record<string, () => Log> = {
  '@dockerflow/mozlog'() {
    const log = createMozlog({ logger: 'bench', stream: { write } })
    return (fields, message) => log.info(fields, message)
  },
  pino() {
    const log = pino({ name: 'bench' }, { write })
    return (fields, message) => log.info(fields, message)
  },
  '@dockerflow/mozlog, in a span'() {
    const log = createMozlog({ logger: 'bench', stream: { write }, traceContext: () => span })
    return (fields, message) => log.info(fields, message)
  },
  'pino, in a span'() {
    const mixin = () => ({
      trace_id: span.traceId,
      span_id: span.spanId,
      trace_flags: span.sampled ? '01' : '00'
    })
    const log = pino({ name: 'bench', mixin }, { write })
    return (fields, message) => log.info(fields, message)
  },
  'pino, each line parsed and written anew'() {
    const log = pino({ name: 'bench' }, new Transform({ transform: rewrite }).on('data', write))
    return (fields, message) => log.info(fields, message)
  },
  'pino-mozlog'() {
    const { createParseFunction, createTransformFunction } = require('pino-mozlog/src/index.js')
    const split = createRequire(require.resolve('pino-mozlog'))('split2')
    const options = { silent: false, stdout: false, logger: 'bench', type: 'app.log' }
    const console = { log: (line: string) => write(`${line}\n`), error: process.stderr.write }
    const format = createTransformFunction({ options, _console: console })
    const input = new PassThrough()
    input
      .pipe(split(createParseFunction({ options })))
      .pipe(new Transform({ objectMode: true, transform: format }))
      .resume()
    const log = pino({ name: 'bench' }, input)
    return (fields, message) => log.info(fields, message)
  },
  mozlog() {
    // It calls what Node.js 23 took away, and can't log a line without.
    Object.assign(util, { isError: (value: unknown) => value instanceof Error })
    const log = require('mozlog')({ app: 'bench', level: 'info', fmt: 'heka', stream: sink() })('bench')
    return (fields, message) => log.info('app.log', { ...fields, msg: message })
  },
  'winston, JSON'() {
    const winston = require('winston')
    const format = winston.format.combine(winston.format.timestamp(), winston.format.json())
    const log = winston.createLogger({
      format,
      transports: [new winston.transports.Stream({ stream: sink() })]
    })
    return (fields, message) => log.info(message, fields)
  }
}

function rewrite(this: Transform, chunk: Buffer, _encoding: string, callback: () => void): void {
  const { level, time, pid, hostname, name, ...Fields } = JSON.parse(String(chunk))
  const Severity = level >= 50 ? 3 : level >= 40 ? 4 : level >= 30 ? 6 : 7
  const record = {
    Timestamp: time * 1e6,
    Type: 'app.log',
    Logger: name,
    Hostname: hostname,
    Severity,
    Pid: pid,
    Fields
  }
  this.push(`${JSON.stringify(record)}\n`)
  callback()
}

export const peerNames = Object.keys(peers)

const peer = peers[process.argv[2] ?? '']
if (peer !== undefined && process.send !== undefined) {
  const log = peer()
  process.on('message', async (count: number) => {
    const [before, first] = [process.cpuUsage(), written]
    for (let i = 0; i < count; i += 100) {
      for (let j = i; j < i + 100; j++) {
        log(
          {
            user: `u-${j % 1000}`,
            method: 'POST',
            path: '/carts/1234/items',
            status: 201,
            duration: 12.5 + (j % 3),
            cached: false,
            region: 'europe-west1',
            attempt: j % 5
          },
          'item added to the cart'
        )
      }
      // Streams get their turn, and what they hold stays bounded.
      await new Promise((resolve) => setImmediate(resolve))
    }
    while (written - first < count) await new Promise((resolve) => setImmediate(resolve))
    const { user, system } = process.cpuUsage(before)
    process.send?.(((user + system) * 1000) / count)
  })
  process.send('ready')
}
