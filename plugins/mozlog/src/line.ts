import { requestContext } from './context.ts'
import { errorEvent, severityAndMessage, traceMembers } from './google-cloud.ts'
import { typeHead } from './heads.ts'
import {
  type Bindings,
  bindingsSym,
  formattersSym,
  headsSym,
  httpRequestSym,
  type Members,
  type MozlogLogger,
  type Setup,
  traceSym
} from './instance.ts'
import { Fields, learn, messageOf, over } from './record.ts'
import { activeTrace, type Trace, traceFieldNames, traceFields } from './trace.ts'
import { fieldValue, quote, toSeverity, unsafe } from './value.ts'

export interface LineOptions {
  hostname: string
  /** The longest string, in UTF-16 units. */
  maxLength: number
  project: string | undefined
  setup: Setup
  /** Whether a line has pino's `level`, which a transport with several targets sorts by. */
  numericLevel: boolean
}

/** Faster than Object.hasOwn: in a for-in loop V8 leaves this call out, which is 4 % of a line. */
const hasOwn = Object.prototype.hasOwnProperty

/** Adds fields that give way to those that are there already. */
function under({ text, keys, type }: Bindings, names: string[], fields: string): Bindings {
  return { text: text ? `${fields},${text}` : fields, keys: [...names, ...keys], type }
}

/** Makes the lines of a logger and its children. */
export class Lines {
  readonly #max: number
  readonly #options: LineOptions
  /** For each severity, what is between the Type and the Fields. */
  readonly #middles: string[]
  /** For the types that lines have most often, and each severity: all up to the first field. */
  readonly #starts: Record<string, string[]>
  /** Whether a line has more than the record. */
  readonly #more: boolean

  constructor(options: LineOptions) {
    const { hostname, maxLength, numericLevel } = options
    const { googleCloud, service } = options.setup
    this.#max = maxLength
    this.#options = options
    this.#more = googleCloud || numericLevel
    const head = `,"Logger":${quote(service.name, maxLength)},"Hostname":"${hostname}","EnvVersion":"2.0"`
    this.#middles = Array.from(
      { length: 8 },
      (_, severity) => `${head},"Severity":${severity},"Pid":${process.pid}`
    )
    const startsOf = (type: string) => this.#middles.map((middle) => `,"Type":"${type}"${middle},"Fields":{`)
    this.#starts = { 'app.log': startsOf('app.log'), 'request.summary': startsOf('request.summary') }
  }

  /** A whole line, of fields, a message and a stack that are JSON already. */
  record(
    instance: MozlogLogger,
    time: string,
    level: number,
    type: string,
    text: string,
    msg?: string,
    stack?: string
  ): string {
    const severity = toSeverity(level)
    const start = this.#starts[type]?.[severity]
    if (start !== undefined && text !== '' && !this.#more) return `${time + start + text}}}\n`
    const members = this.#more
      ? this.#members(instance, level, severity, msg ?? quote(type, this.#max), stack)
      : ''
    const fields = text === '' ? '' : `,"Fields":{${text}}`
    return `${time},"Type":${quote(type, this.#max)}${this.#middles[severity]}${fields}${members}}\n`
  }

  /** What a line has beside the record. */
  #members(
    instance: MozlogLogger,
    level: number,
    severity: number,
    message: string,
    stack: string | undefined
  ): string {
    const { numericLevel, project } = this.#options
    const { googleCloud, service } = this.#options.setup
    let members = numericLevel ? `,"level":${level}` : ''
    if (!googleCloud) return members
    members += severityAndMessage(severity, message)
    const trace = this.#traceOf(instance)
    if (trace !== undefined) members += traceMembers(trace, project)
    if (instance[httpRequestSym] !== undefined) members += instance[httpRequestSym]
    if (stack !== undefined && severity <= 3) members += errorEvent(stack, service)
    return members
  }

  /**
   * The trace that a line belongs to: of a request's summary that of the request, since by then other work may be
   * going on, else that of the active span.
   */
  #traceOf(instance: MozlogLogger): Trace | undefined {
    const { traceContext } = this.#options.setup
    const ofRequest = instance[traceSym]
    if (traceContext === undefined || (ofRequest !== undefined && instance[httpRequestSym] !== undefined)) {
      return ofRequest ?? requestContext.getStore()?.log[traceSym]
    }
    return activeTrace(traceContext) ?? ofRequest ?? requestContext.getStore()?.log[traceSym]
  }

  /** The fields that a line starts with: the logger's, and those of the request and the span that it belongs to. */
  bindingsOf(instance: MozlogLogger): Bindings {
    let bindings = instance[bindingsSym]
    const request = requestContext.getStore()
    if (request !== undefined && !bindings.keys.includes('rid')) {
      bindings = under(bindings, ['rid'], `"rid":${request.rid}`)
    }
    const { googleCloud, traceContext } = this.#options.setup
    if (traceContext === undefined || googleCloud) return bindings
    const trace = this.#traceOf(instance)
    if (trace === undefined || bindings.keys.includes('trace_id')) return bindings
    return under(bindings, traceFieldNames, traceFields(trace))
  }

  /**
   * The line of a call. pino's own is a flat object of level, time, bindings and fields; formatters can't change that
   * form, and to parse and write each line again would cost several times the line. So this writes the record in
   * one go, and gives way to the slower Fields where a key needs more than its value.
   */
  line(instance: MozlogLogger, obj: Members, msg: unknown, level: number, time: string): string {
    const bindings = this.bindingsOf(instance)
    const heads = instance[headsSym]
    const max = this.#max
    let { type = 'app.log' } = bindings
    let text = ''
    try {
      const { log } = instance[formattersSym]
      if (log) obj = log(obj)
      for (const key in obj) {
        if (!hasOwn.call(obj, key)) continue
        const head = heads.get(key) ?? learn(instance, heads, key, max)
        if (head === '' || text.length > max * 16 || (bindings.text !== '' && bindings.keys.includes(key))) {
          return this.#general(instance, bindings, obj, msg, level, time)
        }
        const value = obj[key]
        if (head === typeHead) {
          if (typeof value !== 'string' || value === '') {
            return this.#general(instance, bindings, obj, msg, level, time)
          }
          type = value
        } else if (typeof value === 'string') {
          // quote() would do: this makes fewer strings, and nearly all are such.
          text +=
            value.length <= max && !unsafe.test(value) ? `${head}"${value}",` : `${head + quote(value, max)},`
        } else if (typeof value === 'number' && Number.isFinite(value)) text += `${head + value},`
        else {
          const json = fieldValue(value, max)
          if (json !== undefined) text += `${head + json},`
        }
      }
      if (msg === undefined || msg === null) {
        const fields = bindings.text === '' ? text.slice(0, -1) : text + bindings.text
        return this.record(instance, time, level, type, fields)
      }
      const message = messageOf(instance, msg, max)
      text += `"msg":${message}`
      if (bindings.text !== '') text += `,${bindings.text}`
      return this.record(instance, time, level, type, text, message)
    } catch (err) {
      return this.incomplete(instance, err, msg, level, time)
    }
  }

  /** The line of a call that can't be carried out, since a formatter, a getter or a toString threw. */
  incomplete(
    instance: MozlogLogger,
    err: unknown,
    msg: unknown,
    level: number,
    time: string,
    what = 'a log call failed'
  ): string {
    const fields = { msg: typeof msg === 'string' ? msg : undefined, err }
    return this.#general(instance, this.bindingsOf(instance), fields, what, level, time)
  }

  #general(
    instance: MozlogLogger,
    bindings: Bindings,
    obj: Members,
    msg: unknown,
    level: number,
    time: string
  ): string {
    const fields = new Fields(instance, this.#max)
    fields.addAll(obj, msg)
    const { type = 'app.log', text } = over(bindings, fields)
    return this.record(instance, time, level, type, text, fields.message, fields.stack)
  }

  /** Adds to a logger's bindings; as with a line, in one go where no key needs more than its value. */
  bind(instance: MozlogLogger, added: Members): void {
    const parent = instance[bindingsSym]
    const keys: string[] = []
    let text = ''
    try {
      for (const key in added) {
        if (!hasOwn.call(added, key)) continue
        const head = instance[headsSym].get(key) ?? learn(instance, instance[headsSym], key, this.#max)
        const json =
          head === '' || head === typeHead || parent.keys.includes(key)
            ? ''
            : fieldValue(added[key], this.#max)
        if (json === '') {
          this.#bindGeneral(instance, added)
          return
        }
        if (json === undefined) continue
        text += `${text && ','}${head}${json}`
        keys.push(key)
      }
    } catch {
      this.#bindGeneral(instance, added)
      return
    }
    text += text && parent.text ? `,${parent.text}` : parent.text
    instance[bindingsSym] = {
      text,
      keys: parent.keys.length === 0 ? keys : [...parent.keys, ...keys],
      type: parent.type
    }
  }

  #bindGeneral(instance: MozlogLogger, added: Members): void {
    const fields = new Fields(instance, this.#max)
    fields.keys.add('msg') // the message's own, which lines are going to have
    try {
      fields.addAll(added)
    } catch {
      // Such as a revoked proxy: there is nothing that it can be asked.
      return
    }
    fields.keys.delete('msg')
    instance[bindingsSym] = over(instance[bindingsSym], fields)
  }
}
