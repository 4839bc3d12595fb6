import { addEndpoint } from '@dockerflow/endpoint'
import type { FastifyInstance, FastifyPluginAsync } from 'fastify'
import fp from 'fastify-plugin'
import { MetricsPayload } from '../dist/schemas.js'
import { DOCKERFLOW_STATSD_ALREADY_REGISTERED } from './errors.ts'
import { Metrics, maxSeries, type Statsd } from './metrics.ts'
import { type ObservableHeartbeat, observeHeartbeat, observeProcess } from './observers.ts'
import { type FastifyStatsdOptions, portFrom, validate } from './options.ts'
import { defaultBuckets, PrometheusOutlet } from './prometheus-outlet.ts'
import { StatsdOutlet } from './statsd-outlet.ts'
import { udp, unix } from './transport.ts'

declare module 'fastify' {
  interface FastifyInstance {
    statsd: Statsd
  }
  interface FastifyContextConfig {
    /** True on each route of a Dockerflow plugin, so that a hook can leave them out. */
    dockerflow?: true
  }
}

/** Counts and times each request once, by route and not by path: paths are without number. */
function observeRequests(fastify: FastifyInstance, statsd: Statsd): void {
  fastify.addHook('onRequest', (request, { raw }, done) => {
    const start = performance.now()
    // However it ends: sent, hijacked, or given up by the client.
    raw.once('close', () => {
      // A websocket, as @dockerflow/mozlog says: it is neither aborted, nor is its duration one of an answer.
      const upgraded = raw.statusCode === 101
      const status = upgraded || raw.writableEnded ? `${Math.floor(raw.statusCode / 100)}xx` : 'aborted'
      const tags = { method: request.method, route: request.routeOptions.url ?? 'none', status }
      statsd.increment('http.requests', 1, tags)
      if (!upgraded) statsd.timing('http.request.duration', performance.now() - start, tags)
    })
    done()
  })
}

const schema = {
  summary: 'Metrics for Prometheus',
  response: { 200: { description: 'metrics', content: { 'text/plain': { schema: MetricsPayload } } } }
}

function addRoute(
  fastify: FastifyInstance,
  url: string,
  hide: boolean,
  { registry }: PrometheusOutlet
): void {
  addEndpoint(
    fastify,
    {
      plugin: '@dockerflow/statsd',
      url,
      hide,
      schema,
      handler: async (_request, reply) => {
        const text = await registry.metrics()
        return reply.header('cache-control', 'no-store').type(registry.contentType).send(text)
      }
    },
    { AlreadyRegistered: DOCKERFLOW_STATSD_ALREADY_REGISTERED }
  )
}

const fastifyStatsd: FastifyPluginAsync<FastifyStatsdOptions> = async (fastify, opts) => {
  validate(opts)
  if (Object.hasOwn(fastify, 'statsd')) {
    throw new DOCKERFLOW_STATSD_ALREADY_REGISTERED('the plugin is registered already; register it once')
  }
  const { path, prefix = '', tags = {}, sampleRate = 1, interval = 2000, metricsUrl, hide = false } = opts
  const { buckets = defaultBuckets, legacyNames = false } = opts
  const host =
    opts.host ?? (path === undefined && process.env.STATSD_HOST ? process.env.STATSD_HOST : undefined)
  const port = opts.port ?? portFrom(process.env)

  const notSent = (err: unknown) => fastify.log.debug({ err }, 'statsd: not sent')
  const transport = path === undefined ? host && udp(host, port, notSent) : unix(path)
  const sent = transport ? new StatsdOutlet(transport, { prefix, tags, sampleRate }, notSent) : undefined
  const served =
    metricsUrl === undefined
      ? undefined
      : await PrometheusOutlet.open({ tags, buckets, legacyNames }, (err) =>
          fastify.log.warn({ err }, 'prometheus: metric left out')
        )
  const metrics = new Metrics(
    [sent, served].filter((outlet) => outlet !== undefined),
    () => fastify.log.warn({ maxSeries }, 'statsd: too many sets of tags, new ones are left out')
  )
  fastify.decorate('statsd', metrics)
  if (!sent && !served) return

  observeRequests(fastify, metrics)
  if (served && metricsUrl !== undefined) addRoute(fastify, metricsUrl, hide, served)

  const vitals = observeProcess(metrics)
  const timer = setInterval(() => {
    vitals.look()
    sent?.flush()
  }, interval).unref()
  fastify.addHook('onReady', (done) => {
    const { heartbeat } = fastify as { heartbeat?: Partial<ObservableHeartbeat> }
    if (heartbeat?.onResult) observeHeartbeat(heartbeat as ObservableHeartbeat, metrics)
    done()
  })
  fastify.addHook('onClose', async () => {
    clearInterval(timer)
    vitals.stop()
    await sent?.close()
  })
}

const plugin = fp(fastifyStatsd, { fastify: '5.x', name: '@dockerflow/statsd' })

export type { Statsd, Tags } from './metrics.ts'
export type { FastifyStatsdOptions } from './options.ts'
export { plugin as default, plugin as fastifyStatsd }
