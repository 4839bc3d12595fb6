import { DOCKERFLOW_STATSD_INVALID_TAG } from './errors.ts'
import { faultOfTagName } from './tag-names.ts'

/**
 * Tags of a metric, which Prometheus calls labels. Give each few values: no user's id. Names that begin with `__`, `le`
 * and `quantile` are Prometheus's own.
 */
export type Tags = Record<string, string>

/**
 * What a service measures. A value that is no finite number is left out. Each method throws
 * DOCKERFLOW_STATSD_INVALID_TAG for a tag that can't be, also where metrics go nowhere.
 */
export interface Statsd {
  /** Adds to a counter; `value` is 1 by default, and not below 0. */
  increment(name: string, value?: number, tags?: Tags): void
  /** How long something took, in ms. */
  timing(name: string, ms: number, tags?: Tags): void
  /** What something is now. */
  gauge(name: string, value: number, tags?: Tags): void
}

/** One metric with one set of tags. */
export interface Series {
  readonly kind: 'counter' | 'timing' | 'gauge'
  /** Letters, digits, and `_`, `-` and `.`. */
  readonly name: string
  readonly tags: Tags
}

/** Where measurements go. */
export interface Outlet {
  record(series: Series, value: number): void
}

/** More sets of tags than this are a mistake, such as a user's id, that must not fill the memory. */
export const maxSeries = 2000

/** The one source: takes each measurement once, and hands it to each outlet. */
export class Metrics implements Statsd {
  readonly #series = new Map<string, Series>()
  readonly #outlets: Outlet[]
  readonly #onFull: () => void
  #full = false

  /** @param onFull called once, when a measurement is left out since there are too many series */
  constructor(outlets: Outlet[], onFull: () => void) {
    this.#outlets = outlets
    this.#onFull = onFull
  }

  increment(name: string, value = 1, tags: Tags = {}): void {
    if (value >= 0) this.#record('counter', name, value, tags)
  }

  timing(name: string, ms: number, tags: Tags = {}): void {
    this.#record('timing', name, ms, tags)
  }

  gauge(name: string, value: number, tags: Tags = {}): void {
    this.#record('gauge', name, value, tags)
  }

  #record(kind: Series['kind'], name: string, value: number, tags: Tags): void {
    if (this.#outlets.length === 0) checkTags(tags)
    if (this.#outlets.length === 0 || !Number.isFinite(value)) return
    const series = this.#find(kind, name, tags)
    if (series) for (const outlet of this.#outlets) outlet.record(series, value)
  }

  #find(kind: Series['kind'], name: string, tags: Tags): Series | undefined {
    let key = `${kind} ${String(name)}`
    for (const tag in tags) key += `\n${tag}\n${textOf(tag, tags[tag])}`
    const known = this.#series.get(key)
    if (known) return known
    if (this.#series.size >= maxSeries) {
      if (!this.#full) this.#onFull()
      this.#full = true
      return undefined
    }
    checkTags(tags)
    // The lines of the protocol are made of ":", "|", "@", "#" and ",". A name that isn't a string must not throw.
    const series = { kind, name: String(name).replace(/[^\w.-]/g, '_') || '_', tags: { ...tags } }
    this.#series.set(key, series)
    return series
  }
}

/** Throws for a tag that can't be, the same wherever metrics go. */
function checkTags(tags: Tags): void {
  for (const tag in tags) {
    const fault = faultOfTagName(tag)
    if (fault !== undefined) throw new DOCKERFLOW_STATSD_INVALID_TAG(tag, fault)
    textOf(tag, tags[tag])
  }
}

/** A tag's value as text. A symbol, for one, has none. */
function textOf(tag: string, value: unknown): string {
  try {
    return `${value}`
  } catch {
    throw new DOCKERFLOW_STATSD_INVALID_TAG(tag, 'must have a string as its value')
  }
}
