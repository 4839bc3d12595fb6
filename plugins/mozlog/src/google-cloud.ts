// Google Cloud Logging reads these members of a JSON line itself:
// https://cloud.google.com/logging/docs/structured-logging#special-payload-fields

import type { Trace } from './trace.ts'
import { quote } from './value.ts'

/** Google's name of each of syslog's severities. */
const severities = ['EMERGENCY', 'ALERT', 'CRITICAL', 'ERROR', 'WARNING', 'NOTICE', 'INFO', 'DEBUG']

/** The members `severity` and `message`; `message` is JSON. */
export const severityAndMessage = (severity: number, message: string) =>
  `,"severity":"${severities[severity]}","message":${message}`

/** The members of a trace. */
export function traceMembers({ traceId, spanId, sampled }: Trace, project: string | undefined): string {
  const id = project ? `projects/${project}/traces/${traceId}` : traceId
  const span = spanId ? `,"logging.googleapis.com/spanId":"${spanId}"` : ''
  return `,"logging.googleapis.com/trace":${JSON.stringify(id)}${span},"logging.googleapis.com/trace_sampled":${sampled}`
}

/** What a request was, for `httpRequest`. */
export interface HttpRequest {
  method: string
  url: string
  status: number
  /** In milliseconds. */
  latency: number
  userAgent: string | undefined
  remoteIp: string | undefined
  protocol: string
}

/** https://cloud.google.com/logging/docs/reference/v2/rest/v2/LogEntry#HttpRequest */
export function httpRequestMember(request: HttpRequest, max: number): string {
  const { method, url, status, latency, userAgent, remoteIp, protocol } = request
  const agent = userAgent === undefined ? '' : `,"userAgent":${quote(userAgent, max)}`
  const ip = remoteIp === undefined ? '' : `,"remoteIp":${quote(remoteIp, max)}`
  return `,"httpRequest":{"requestMethod":"${method}","requestUrl":${quote(url, max)},"status":${status}${agent}${ip},"latency":"${latency / 1000}s","protocol":"${protocol}"}`
}

/** The service that an error belongs to. */
export interface Service {
  name: string
  version: string | undefined
}

/** https://cloud.google.com/error-reporting/docs/formatting-error-messages; `stack` is JSON. */
export function errorEvent(stack: string, { name, version }: Service): string {
  const of = version === undefined ? '' : `,"version":${JSON.stringify(version)}`
  return `,"@type":"type.googleapis.com/google.devtools.clouderrorreporting.v1beta1.ReportedErrorEvent","stack_trace":${stack},"serviceContext":{"service":${JSON.stringify(name)}${of}}`
}
