import { String as StringSchema } from 'typebox'

/** What the route of `metricsUrl` answers: Prometheus' text format. */
export const MetricsPayload = StringSchema()
