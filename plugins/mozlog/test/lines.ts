import { readFileSync } from 'node:fs'
import { Ajv } from 'ajv'
import addFormats from 'ajv-formats'

const schema = JSON.parse(readFileSync(new URL('./fixtures/mozlog.schema.json', import.meta.url), 'utf8'))
const ajv = new Ajv({ allowUnionTypes: true })
addFormats.default(ajv)
/** Whether the public schema takes a record. */
export const validate = ajv.compile(schema)

export interface MozlogLine {
  Timestamp: number
  Type: string
  Logger: string
  Hostname: string
  EnvVersion: string
  Severity: number
  Pid: number
  Fields?: Record<string, unknown>
  [name: string]: unknown
}

/** A destination that keeps its lines, and refuses what is no record. */
export function lines() {
  const raw: string[] = []
  return {
    raw,
    /** Each line, parsed; throws for one that the public schema refuses. */
    get records(): MozlogLine[] {
      return raw.map((line) => {
        const record = parseLine(line)
        if (!validate(record)) throw new Error(`${ajv.errorsText(validate.errors)}: ${line}`)
        return record
      })
    },
    get last(): MozlogLine {
      const record = this.records.at(-1)
      if (!record) throw new Error('no line was written')
      return record
    },
    write(line: string) {
      raw.push(line)
    }
  }
}

/** One line is one object with no name twice. */
function parseLine(line: string): MozlogLine {
  if (!line.endsWith('\n') || /[\n\r\u0085\u2028\u2029]/.test(line.slice(0, -1))) {
    throw new Error(`no single line: ${JSON.stringify(line)}`)
  }
  const record = JSON.parse(line)
  if (`${JSON.stringify(record)}\n`.length > line.length) throw new Error(`lost in parsing: ${line}`)
  return record
}
