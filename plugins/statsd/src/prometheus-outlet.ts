import type { Registry } from 'prom-client'
import type { Outlet, Series, Tags } from './metrics.ts'
import { identifier } from './tag-names.ts'

type PromClient = typeof import('prom-client')

/** How metrics are exposed. */
export interface Exposition {
  tags: Tags
  /** The buckets of timings, in seconds. */
  buckets: number[]
  /** Whether the plugin's own metrics have the names of version 0. */
  legacyNames: boolean
}

/**
 * What the semantic conventions advise for durations, in seconds:
 * https://opentelemetry.io/docs/specs/semconv/http/http-metrics/#metric-httpserverrequestduration
 */
export const defaultBuckets = [0.005, 0.01, 0.025, 0.05, 0.075, 0.1, 0.25, 0.5, 0.75, 1, 2.5, 5, 7.5, 10]

/** What Prometheus calls the plugin's own metrics otherwise than statsd does: by the conventions, and in base units. */
const ownNames = new Map([
  ['http.request.duration', { name: 'http.server.request.duration', factor: 1 }],
  ['eventloop.delay_mean_ms', { name: 'eventloop.delay_mean_seconds', factor: 1 / 1000 }],
  ['eventloop.delay_p99_ms', { name: 'eventloop.delay_p99_seconds', factor: 1 / 1000 }],
  ['eventloop.delay_max_ms', { name: 'eventloop.delay_max_seconds', factor: 1 / 1000 }]
])

/** A metric of prom-client's, and the names of its labels. */
interface Metric {
  labelNames: string[]
  add(labels: Tags, value: number): void
}

/** Keeps measurements as Prometheus wants them: sums since the start, base units, histograms. */
export class PrometheusOutlet implements Outlet {
  readonly registry: Registry
  readonly #client: PromClient
  readonly #onError: (err: unknown) => void
  readonly #buckets: number[]
  readonly #legacyNames: boolean
  readonly #metrics = new Map<string, Metric>()
  readonly #sinks = new Map<Series, (value: number) => void>()

  private constructor(client: PromClient, exposition: Exposition, onError: (err: unknown) => void) {
    this.#client = client
    this.#onError = onError
    this.#buckets = exposition.buckets
    this.#legacyNames = exposition.legacyNames
    this.registry = new client.Registry()
    this.registry.setDefaultLabels(labels(exposition.tags))
  }

  /**
   * Loads what is needed.
   *
   * @param onError is called once a series with the reason why Prometheus can't have it: one metric has one set of labels
   */
  static async open(exposition: Exposition, onError: (err: unknown) => void): Promise<PrometheusOutlet> {
    return new PrometheusOutlet((await import('prom-client')).default, exposition, onError)
  }

  record(series: Series, value: number): void {
    let sink = this.#sinks.get(series)
    if (!sink) {
      sink = this.#sink(series)
      this.#sinks.set(series, sink)
    }
    sink(value)
  }

  #sink({ kind, name, tags }: Series): (value: number) => void {
    const own = labels(tags)
    const labelNames = Object.keys(own).sort()
    try {
      const metric = this.#metrics.get(`${kind} ${name}`) ?? this.#create(kind, name, labelNames)
      if (`${metric.labelNames}` !== `${labelNames}`) {
        throw new Error(`${name} has the labels "${metric.labelNames}", and can't also have "${labelNames}"`)
      }
      return (value) => metric.add(own, value)
    } catch (err) {
      this.#onError(err)
      return () => {}
    }
  }

  #create(kind: Series['kind'], name: string, labelNames: string[]): Metric {
    const { Counter, Gauge, Histogram } = this.#client
    const own = (this.#legacyNames ? undefined : ownNames.get(name)) ?? { name, factor: 1 }
    const base = identifier(own.name)
    const options = { labelNames, registers: [this.registry], help: name }
    let add: Metric['add']
    if (kind === 'timing') {
      const histogram = new Histogram({ ...options, name: `${base}_seconds`, buckets: this.#buckets })
      add = (labels, ms) => histogram.observe(labels, ms / 1000)
    } else if (kind === 'gauge') {
      const gauge = new Gauge({ ...options, name: base })
      add = (labels, value) => gauge.set(labels, value * own.factor)
    } else {
      const counter = new Counter({ ...options, name: `${base}_total` })
      add = (labels, value) => counter.inc(labels, value)
    }
    const metric = { labelNames, add }
    this.#metrics.set(`${kind} ${name}`, metric)
    return metric
  }
}

/** Tags, with names that labels can have. */
function labels(tags: Tags): Tags {
  return Object.fromEntries(Object.entries(tags).map(([name, value]) => [identifier(name), value]))
}
