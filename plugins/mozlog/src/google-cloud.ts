import type { IncomingHttpHeaders } from 'node:http'
import { readTrace } from './request-id.ts'

// Google Cloud Logging reads these members of a JSON line itself:
// https://cloud.google.com/logging/docs/structured-logging#special-payload-fields

/** Google's name of each of syslog's severities. */
const severities = ['EMERGENCY', 'ALERT', 'CRITICAL', 'ERROR', 'WARNING', 'NOTICE', 'INFO', 'DEBUG']

/** The members `severity` and `message`; `message` is JSON. */
export const severityAndMessage = (severity: number, message: string) =>
  `,"severity":"${severities[severity]}","message":${message}`

/** The members of a request's trace, or '' when its headers tell none. */
export function traceMembers(headers: IncomingHttpHeaders, project: string | undefined): string {
  const trace =
    readTrace('traceparent', headers.traceparent) ??
    readTrace('x-cloud-trace-context', headers['x-cloud-trace-context'])
  if (trace === undefined) return ''
  const id = project ? `projects/${project}/traces/${trace.traceId}` : trace.traceId
  const span = trace.spanId ? `,"logging.googleapis.com/spanId":"${trace.spanId}"` : ''
  return `,"logging.googleapis.com/trace":${JSON.stringify(id)}${span},"logging.googleapis.com/trace_sampled":${trace.sampled}`
}
