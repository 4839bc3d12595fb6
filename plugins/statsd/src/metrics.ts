/** Tags of a metric, which Prometheus calls labels. Few values each: a user's id is none. */
export type Tags = Record<string, string>

/** What a service measures. A value that is no finite number is left out. */
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
    if (this.#outlets.length === 0 || !Number.isFinite(value)) return
    const series = this.#find(kind, name, tags)
    if (series) for (const outlet of this.#outlets) outlet.record(series, value)
  }

  #find(kind: Series['kind'], name: string, tags: Tags): Series | undefined {
    let key = `${kind} ${name}`
    for (const tag in tags) key += `\n${tag}\n${tags[tag]}`
    const known = this.#series.get(key)
    if (known) return known
    if (this.#series.size >= maxSeries) {
      if (!this.#full) this.#onFull()
      this.#full = true
      return undefined
    }
    // The lines of the protocol are made of ":", "|", "@", "#" and ",". What is no text must not throw either: where
    // metrics go nowhere, as on the developer's machine, it doesn't.
    const series = { kind, name: String(name).replace(/[^\w.-]/g, '_') || '_', tags: { ...tags } }
    this.#series.set(key, series)
    return series
  }
}
