// Copy this file, and start the service with it: node --import ./register.mjs server.js
// It sends traces and metrics to $OTEL_EXPORTER_OTLP_ENDPOINT, http://localhost:4318 by default. All of the SDK's
// variables work: https://opentelemetry.io/docs/languages/sdk-configuration/

import { subscribe } from 'node:diagnostics_channel'
import { setTimeout as sleep } from 'node:timers/promises'
import { ignoreDockerflow, resourceAttributes } from '@dockerflow/otel'
import fastifyOtel from '@fastify/otel'
import { HttpInstrumentation } from '@opentelemetry/instrumentation-http'
import { NodeSDK, resources } from '@opentelemetry/sdk-node'

process.env.OTEL_METRICS_EXPORTER ??= 'otlp'
// The platform reads logs from stdout; each line names its trace.
process.env.OTEL_LOGS_EXPORTER ??= 'none'

// The version file that Dockerflow asks for says what runs here: /app/version.json, or $VERSION_FILE.
const version = resourceAttributes({ path: process.env.VERSION_FILE })
const ignore = ignoreDockerflow()
const nameOf = ({ method, routeOptions }) => `${method} ${routeOptions.url ?? 'not found'}`

const sdk = new NodeSDK({
  resource: resources.defaultResource().merge(resources.resourceFromAttributes(version)),
  instrumentations: [
    // A request that no span waits for, such as that of a check, would be a trace of its own.
    new HttpInstrumentation({ ...ignore.http, requireParentforOutgoingSpans: true }),
    new fastifyOtel.FastifyOtelInstrumentation({
      ...ignore.fastify,
      registerOnInitialization: true,
      // Else each hook of each plugin is a span.
      instrumentHooks: false,
      // Else a span is called "request", and a handler's is called after all plugins.
      requestHook: (span, request) => span.updateName(`fastify ${nameOf(request)}`),
      lifecycleHook: (span, { request }) => span.updateName(`handler ${nameOf(request)}`)
    })
  ]
})
sdk.start()

// What is not sent yet leaves as the app closes, within two seconds.
subscribe('fastify.initialization', ({ fastify }) => {
  fastify.addHook('onClose', async () => {
    const flushed = sdk
      .shutdown()
      .catch((err) => fastify.log.warn({ err }, 'the last telemetry was not sent'))
    await Promise.race([flushed, sleep(2000, undefined, { ref: false })])
  })
})
