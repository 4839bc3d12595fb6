import { Writable } from 'node:stream'
import { StringDecoder } from 'node:string_decoder'
import { styleText } from 'node:util'
import { boolean, checkOptions, type Rule, rule, string } from '@dockerflow/kit/options'
import { DOCKERFLOW_MOZLOG_INVALID_OPTION } from './errors.ts'
import { type MozlogPrettyOptions, stream } from './options.ts'
import { stdout } from './stdout.ts'

type Style = Parameters<typeof styleText>[0]

/** For each of syslog's severities: the level's name, and how it looks. */
const levels: [name: string, style: Style][] = [
  ['FATAL', 'redBright'],
  ['FATAL', 'redBright'],
  ['FATAL', 'redBright'],
  ['ERROR', 'red'],
  ['WARN', 'yellow'],
  ['INFO', 'green'],
  ['INFO', 'green'],
  ['DEBUG', 'gray']
]
const severities: Record<string, number> = { fatal: 2, error: 3, warn: 4, info: 6, debug: 7, trace: 7 }

/** What drives a terminal, ends a line, or turns the direction of text. */
const unprintable = /[^\P{C}\t]|[\u2028\u2029]/gu
/** A line that goes on for longer is shown in pieces. */
const maxLine = 4 * 1024 * 1024
const maxTypeWidth = 24

/** Text that does nothing but be read; what it had of control characters shows as escapes. */
const printable = (text: string) =>
  text.replace(unprintable, (char) => `\\u${(char.codePointAt(0) as number).toString(16).padStart(4, '0')}`)

interface Line {
  Timestamp: number
  Type: string
  Severity: number
  Fields: Record<string, unknown>
}

function parse(text: string): Line | undefined {
  try {
    const { Timestamp, Type = '', Severity = 6, Fields = {} } = JSON.parse(text)
    const fits =
      typeof Timestamp === 'number' &&
      typeof Type === 'string' &&
      levels[Severity] &&
      Object(Fields) === Fields
    return fits ? { Timestamp, Type, Severity, Fields } : undefined
  } catch {
    return undefined
  }
}

function timeOf(timestamp: number): string {
  const date = new Date(timestamp / 1e6)
  const two = (part: number) => String(part).padStart(2, '0')
  const ms = String(date.getMilliseconds()).padStart(3, '0')
  return `${two(date.getHours())}:${two(date.getMinutes())}:${two(date.getSeconds())}.${ms}`
}

function valueText(value: unknown): string {
  const text = typeof value === 'string' ? value : JSON.stringify(value)
  return printable(text === '' || /\s/.test(text) ? JSON.stringify(text) : text)
}

/** The line's sentence, and the names of the fields that it has used up. */
function sentence(type: string, fields: Record<string, unknown>): [text: string, used: string[]] {
  const { method, path, querystring, code, t, msg, error } = fields
  if (type === 'request.summary' && method !== undefined) {
    const url = querystring === undefined ? path : `${path}?${querystring}`
    return [
      printable(`${method} ${url} ${code} ${t} ms`),
      ['method', 'path', 'querystring', 'code', 't', 'errno']
    ]
  }
  if (msg !== undefined) return [printable(String(msg)), ['msg']]
  return error === undefined ? ['', []] : [printable(String(error)), ['error']]
}

/** Whether stdout is a terminal with colours, or FORCE_COLOR says so; Node.js knows the rules. */
const canColor = () => styleText('red', '', { stream: process.stdout }) !== ''

/** A function that makes a line readable, and answers undefined for one that isn't to be shown. */
function formatter(opts: MozlogPrettyOptions): (text: string) => string | undefined {
  const { level = 'debug', type: wanted, grep, color = canColor() } = opts
  const lowest = severities[level] as number
  const pattern = grep === undefined ? undefined : new RegExp(grep)
  const paint = (style: Style, text: string) =>
    color ? styleText(style, text, { validateStream: false }) : text
  const isWanted = (type: string) =>
    wanted === undefined || (wanted.endsWith('*') ? type.startsWith(wanted.slice(0, -1)) : type === wanted)
  let width = 0

  return (text) => {
    if (pattern && !pattern.test(text)) return undefined
    const line = parse(text)
    if (line === undefined) return `${printable(text)}\n`
    const { Timestamp, Type, Severity, Fields } = line
    if (Severity > lowest || !isWanted(Type)) return undefined
    const [name, style] = levels[Severity] as (typeof levels)[number]
    const type = printable(Type)
    width = Math.min(Math.max(width, type.length), maxTypeWidth)
    const [said, used] = sentence(Type, Fields)
    const rest = Object.entries(Fields)
      .filter(([key]) => key !== 'traceback' && !used.includes(key))
      .map(([key, value]) => `${paint('dim', `${printable(key)}=`)}${valueText(value)}`)
    const stack = typeof Fields.traceback === 'string' ? Fields.traceback.split('\n') : []
    const head = `${paint('dim', timeOf(Timestamp))} ${paint(style, name.padEnd(5))} ${paint('cyan', type.padEnd(width))}`
    return `${[head, said, ...rest].filter(Boolean).join(' ').trimEnd()}\n${stack.map((at) => `    ${paint('dim', printable(at))}\n`).join('')}`
  }
}

const rules: Record<keyof MozlogPrettyOptions, Rule> = {
  level: rule('one of trace, debug, info, warn, error, fatal', (value) =>
    Object.hasOwn(severities, value as string)
  ),
  type: string,
  grep: rule('a regular expression', isPattern),
  color: boolean,
  destination: stream
}

/**
 * A stream that takes a mozlog's lines and writes them for people: for `stream` of `mozlogServerOptions()`, or, as
 * this module's default export, for a pino transport (`target: '@dockerflow/mozlog/pretty'`). What is no mozlog
 * line passes. Nothing reaches the terminal that would drive it.
 *
 * @throws DOCKERFLOW_MOZLOG_INVALID_OPTION
 */
export function mozlogPretty(opts: MozlogPrettyOptions = {}): Writable {
  checkOptions(opts, rules, DOCKERFLOW_MOZLOG_INVALID_OPTION)
  const { destination = stdout(), ...options } = opts
  const format = formatter(options)
  const decoder = new StringDecoder('utf8')
  /** The pieces of a line that isn't finished: joined once it is, since a line may come in many. */
  let pieces: string[] = []
  let length = 0

  function show(text: string): string | undefined {
    try {
      return format(text)
    } catch {
      // JSON that is like a record, and can't be shown as one: a severity or a message of another kind.
      return `${printable(text)}\n`
    }
  }

  function finished(): string {
    const text = pieces.join('')
    pieces = []
    length = 0
    return text
  }

  function take(text: string): void {
    const end = text.lastIndexOf('\n')
    if (end !== -1) {
      pieces.push(text.slice(0, end))
      showAll(finished().split('\n'))
    }
    const rest = text.slice(end + 1)
    if (rest === '') return
    pieces.push(rest)
    length += rest.length
    if (length > maxLine) showAll([finished()])
  }

  function showAll(lines: string[]): void {
    const shown = lines.map(show).filter((line) => line !== undefined)
    if (shown.length > 0) destination.write(shown.join(''))
  }

  return new Writable({
    decodeStrings: false,
    write(chunk: string | Buffer, _encoding, callback) {
      take(typeof chunk === 'string' ? chunk : decoder.write(chunk))
      callback()
    },
    final(callback) {
      take(decoder.end())
      if (length > 0) showAll([finished()])
      callback()
    }
  })
}

function isPattern(value: unknown): boolean {
  try {
    return string.accepts(value) && Boolean(new RegExp(value as string))
  } catch {
    return false
  }
}

/** What pino adds to the options of a transport. */
interface PinoTransport {
  $context?: unknown
  pinoWillSendConfig?: unknown
}

export type { MozlogPrettyOptions }

/** mozlogPretty as a pino transport. */
export default ({ $context, pinoWillSendConfig, ...opts }: MozlogPrettyOptions & PinoTransport): Writable =>
  mozlogPretty(opts)
