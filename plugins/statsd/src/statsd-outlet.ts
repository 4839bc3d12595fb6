import type { SocketOptions } from 'node:dgram'
import { createRequire } from 'node:module'
import { setTimeout as sleep } from 'node:timers/promises'
import type { StatsD } from 'hot-shots'
import { DOCKERFLOW_STATSD_NO_UNIX_SOCKETS } from './errors.ts'
import { cachedLookup } from './lookup.ts'
import type { Outlet, Series, Tags } from './metrics.ts'

/** Where statsd is, and how it is told. */
export interface Target {
  host: string | undefined
  port: number
  path: string | undefined
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

/** hot-shots' own way to send a line; its types leave it out. */
interface Sender {
  send(line: string, tags: Tags): void
}

const maxSamples = 100
const dnsTtl = 60_000
const closeTimeout = 1000
/** What fits an Ethernet frame; a Unix socket takes more. */
const packet = { udp: 1432, uds: 8192 }

/**
 * Collects measurements and sends them as few packets, on `flush()`: a packet for each measurement would be lost
 * by the thousand in a receiver's buffer. Of the timings of a series at most 100 are sent, chosen at random, with the
 * sample rate that lets statsd reckon how many there were. While a flush has not ended, as while a resolver hangs,
 * measurements add up; what could not be sent is dropped, as a packet that is lost.
 */
export class StatsdOutlet implements Outlet {
  readonly #client: StatsD & Sender
  readonly #prefix: string
  readonly #sampleRate: number
  readonly #onError: (err: Error) => void
  #pending = new Map<Series, Pending>()
  #flushing: Promise<void> | undefined

  private constructor(
    client: StatsD & Sender,
    { prefix, sampleRate }: Target,
    onError: (err: Error) => void
  ) {
    this.#onError = onError
    this.#client = client
    this.#prefix = prefix === '' || prefix.endsWith('.') ? prefix : `${prefix}.`
    this.#sampleRate = sampleRate
  }

  /**
   * Loads what is needed and opens a socket.
   *
   * @param onError is told what could not be sent
   */
  static async open(target: Target, onError: (err: Error) => void): Promise<StatsdOutlet> {
    const { host, port, path, tags } = target
    const protocol = path === undefined ? 'udp' : 'uds'
    if (protocol === 'uds') {
      try {
        createRequire(import.meta.resolve('hot-shots'))('unix-dgram')
      } catch (cause) {
        throw Object.assign(new DOCKERFLOW_STATSD_NO_UNIX_SOCKETS(), { cause })
      }
    }
    const { StatsD } = await import('hot-shots')
    const client = new StatsD({
      host,
      port,
      path,
      protocol,
      globalTags: tags,
      maxBufferSize: packet[protocol],
      errorHandler: onError,
      // The type is the address's, by hot-shots; its types demand one.
      udpSocketOptions: { lookup: cachedLookup(dnsTtl) } as SocketOptions,
      // What it would read from the environment of a Datadog agent isn't ours to send.
      datadog: false,
      includeDataDogTags: false,
      includeDatadogTelemetry: false
    })
    return new StatsdOutlet(client as StatsD & Sender, target, onError)
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
    for (const [series, pending] of collected) this.#write(series, pending)
    await new Promise<void>((resolve) => {
      this.#client.flush((err) => {
        if (err) this.#onError(err)
        resolve()
      })
    })
  }

  #write({ kind, name, tags }: Series, { value, drawn, samples }: Pending): void {
    if (kind === 'counter') this.#client.send(`${this.#prefix}${name}:${value}|c`, tags)
    else if (kind === 'gauge') {
      // A sign makes it a change to statsd, and no value.
      if (value < 0) this.#client.send(`${this.#prefix}${name}:0|g`, tags)
      this.#client.send(`${this.#prefix}${name}:${value}|g`, tags)
    } else {
      const rate = this.#sampleRate * (samples.length / drawn)
      const sampled = rate < 1 ? `|@${Number(rate.toPrecision(6))}` : ''
      for (const ms of samples) {
        this.#client.send(`${this.#prefix}${name}:${Number(ms.toFixed(3))}|ms${sampled}`, tags)
      }
    }
  }

  /** Sends what is left and closes the socket, within a second. */
  async close(): Promise<void> {
    const closed = (async () => {
      await this.#flushing
      await this.flush()
      await new Promise<void>((resolve) => this.#client.close(() => resolve()))
    })()
    await Promise.race([closed, sleep(closeTimeout, undefined, { ref: false })])
  }
}
