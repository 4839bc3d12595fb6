import { setTimeout as sleep } from 'node:timers/promises'
import { formatTags, toPackets } from './lines.ts'
import type { Outlet, Series, Tags } from './metrics.ts'
import type { Transport } from './transport.ts'

/** How the lines are written. */
export interface Format {
  prefix: string
  tags: Tags
  sampleRate: number
}

/** What is to be sent of a series. */
interface Pending {
  /** The sum of a counter, the last value of a gauge. */
  value: number
  /** How many timings the sample rate let through, and those of them that are sent. */
  drawn: number
  samples: number[]
}

const maxSamples = 100
const closeTimeout = 1000

/**
 * Collects measurements and sends them in few packets, on `flush()`: a receiver's buffer would overflow with a packet
 * for each. At most 100 timings of a series are sent, chosen at random, with the sample rate that lets statsd estimate
 * the total. While a flush goes on, as while a resolver hangs, measurements add up. What can't be sent is dropped, like
 * a packet that is lost.
 */
export class StatsdOutlet implements Outlet {
  readonly #transport: Transport
  readonly #prefix: string
  readonly #tags: Tags
  readonly #sampleRate: number
  readonly #onError: (err: unknown) => void
  #pending = new Map<Series, Pending>()
  #flushing: Promise<void> | undefined

  /** @param onError called with what could not be sent */
  constructor(transport: Transport, { prefix, tags, sampleRate }: Format, onError: (err: unknown) => void) {
    this.#transport = transport
    this.#prefix = prefix === '' || prefix.endsWith('.') ? prefix : `${prefix}.`
    this.#tags = tags
    this.#sampleRate = sampleRate
    this.#onError = onError
  }

  record(series: Series, value: number): void {
    let pending = this.#pending.get(series)
    if (!pending) {
      pending = { value: 0, drawn: 0, samples: [] }
      this.#pending.set(series, pending)
    }
    if (series.kind === 'counter') pending.value += value
    else if (series.kind === 'gauge') pending.value = value
    else this.#sample(pending, value)
  }

  /** Each of the timings has the same chance to be sent (reservoir sampling, algorithm R). */
  #sample(pending: Pending, value: number): void {
    if (this.#sampleRate < 1 && Math.random() >= this.#sampleRate) return
    const { samples } = pending
    pending.drawn++
    const at = samples.length < maxSamples ? samples.length : Math.floor(Math.random() * pending.drawn)
    if (at < maxSamples) samples[at] = value
  }

  /** Sends what was collected; resolves once it has left, or failed to. */
  flush(): Promise<void> {
    this.#flushing ??= this.#send().finally(() => {
      this.#flushing = undefined
    })
    return this.#flushing
  }

  async #send(): Promise<void> {
    const collected = this.#pending
    this.#pending = new Map()
    const lines = [...collected].flatMap(([series, pending]) => this.#linesOf(series, pending))
    try {
      for (const packet of toPackets(lines, this.#transport.size)) await this.#transport.send(packet)
    } catch (err) {
      this.#onError(err)
    }
  }

  #linesOf({ kind, name, tags }: Series, { value, drawn, samples }: Pending): string[] {
    const start = `${this.#prefix}${name}:`
    const end = formatTags({ ...this.#tags, ...tags })
    if (kind === 'counter') return [`${start}${value}|c${end}`]
    if (kind === 'gauge') {
      const line = `${start}${value}|g${end}`
      // To statsd a sign makes a gauge a change, not a value.
      return value < 0 ? [`${start}0|g${end}`, line] : [line]
    }
    const rate = this.#sampleRate * (samples.length / drawn)
    const sampled = rate < 1 ? `|@${Number(rate.toPrecision(6))}` : ''
    return samples.map((ms) => `${start}${Number(ms.toFixed(3))}|ms${sampled}${end}`)
  }

  /** Sends what is left and closes the socket, within a second. */
  async close(): Promise<void> {
    const flushed = (async () => {
      await this.#flushing
      await this.flush()
    })()
    await Promise.race([flushed, sleep(closeTimeout, undefined, { ref: false })])
    this.#transport.close()
  }
}
