import { requestContext } from './context.ts'
import { severityAndMessage } from './google-cloud.ts'
import {
  type Bindings,
  bindingsSym,
  formattersSym,
  headsSym,
  type Members,
  type MozlogLogger,
  traceSym
} from './instance.ts'
import { Fields, learn, messageOf, over, typeHead } from './record.ts'
import { fieldValue, quote, toSeverity } from './value.ts'

/** Makes the lines of a logger and its children. */
export class Lines {
  readonly #max: number
  readonly #googleCloud: boolean
  /** For each severity, what is between the Type and the Fields. */
  readonly #middles: string[]
  /** For the types that lines have most often, and each severity: Type and middle. */
  readonly #starts: Record<string, string[]>

  constructor(logger: string, hostname: string, max: number, googleCloud: boolean) {
    this.#max = max
    this.#googleCloud = googleCloud
    const head = `,"Logger":${quote(logger, max)},"Hostname":"${hostname}","EnvVersion":"2.0"`
    this.#middles = Array.from(
      { length: 8 },
      (_, severity) => `${head},"Severity":${severity},"Pid":${process.pid}`
    )
    const startsOf = (type: string) => this.#middles.map((middle) => `,"Type":"${type}"${middle}`)
    this.#starts = { 'app.log': startsOf('app.log'), 'request.summary': startsOf('request.summary') }
  }

  /** A whole line, of fields and a message that are JSON already. */
  record(
    instance: MozlogLogger,
    time: string,
    level: number,
    type: string,
    text: string,
    msg?: string
  ): string {
    const severity = toSeverity(level)
    const start =
      this.#starts[type]?.[severity] ?? `,"Type":${quote(type, this.#max)}${this.#middles[severity]}`
    const fields = text === '' ? '' : `,"Fields":{${text}}`
    if (!this.#googleCloud) return `${time + start + fields}}\n`
    const message = msg ?? quote(type, this.#max)
    const trace = instance[traceSym] ?? requestContext.getStore()?.trace ?? ''
    return `${time + start + fields + severityAndMessage(severity, message) + trace}}\n`
  }

  /** The fields that a line starts with: the logger's, and the id of the request that is being served. */
  bindingsOf(instance: MozlogLogger): Bindings {
    const bindings = instance[bindingsSym]
    const request = requestContext.getStore()
    if (request === undefined || bindings.keys.includes('rid')) return bindings
    const text = `"rid":${request.rid}`
    return {
      ...bindings,
      keys: ['rid', ...bindings.keys],
      text: bindings.text ? `${text},${bindings.text}` : text
    }
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
        if (!Object.hasOwn(obj, key)) continue
        const head = heads.get(key) ?? learn(instance, heads, key, max)
        if (head === '' || text.length > max * 16 || bindings.keys.includes(key)) {
          return this.#general(instance, bindings, obj, msg, level, time)
        }
        const value = obj[key]
        if (head === typeHead) {
          if (typeof value !== 'string' || value === '') {
            return this.#general(instance, bindings, obj, msg, level, time)
          }
          type = value
        } else if (typeof value === 'string') text += `${head + quote(value, max)},`
        else if (typeof value === 'number' && Number.isFinite(value)) text += `${head + value},`
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
  incomplete(instance: MozlogLogger, err: unknown, msg: unknown, level: number, time: string): string {
    const fields = { msg: typeof msg === 'string' ? msg : undefined, err }
    return this.#general(instance, this.bindingsOf(instance), fields, 'a log call failed', level, time)
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
    return this.record(instance, time, level, type, text, fields.message)
  }

  /** Adds to a logger's bindings; as with a line, in one go where no key needs more than its value. */
  bind(instance: MozlogLogger, added: Members): void {
    const parent = instance[bindingsSym]
    const keys: string[] = []
    let text = ''
    try {
      for (const key in added) {
        if (!Object.hasOwn(added, key)) continue
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
