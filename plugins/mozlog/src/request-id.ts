import { randomUUID } from 'node:crypto'
import type { IncomingHttpHeaders } from 'node:http'
import { readTrace } from './trace.ts'

/** At most 128 characters that need no quoting in JSON, a header, a shell or a terminal. */
const id = /^[\w.:+=@/-]{1,128}$/

/** A function that gives a request its id: from the first of `headers` that has a fit one, else a new UUID. */
export function requestIds(headers: string[]): (request: { headers: IncomingHttpHeaders }) => string {
  return (request) => {
    for (const name of headers) {
      const value = request.headers[name]
      if (name === 'traceparent' || name === 'x-cloud-trace-context') {
        const trace = readTrace(name, value)
        if (trace) return trace.traceId
      } else if (typeof value === 'string' && id.test(value)) return value
    }
    return randomUUID()
  }
}
