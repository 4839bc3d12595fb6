import { monitorEventLoopDelay } from 'node:perf_hooks'
import { levelName } from '@dockerflow/kit/levels'
import type { Statsd } from './metrics.ts'

/** How often the delay is measured, in ms. */
const resolution = 20

/** What is measured is the time between two ticks of a timer, in ns. Before the first it is NaN. */
export const toDelay = (ns: number): number => (Number.isNaN(ns) ? 0 : Math.max(0, ns / 1e6 - resolution))

/** Looks at the event loop and at memory, each time that `look()` is called. */
export function observeProcess(statsd: Statsd): { look(): void; stop(): void } {
  const delay = monitorEventLoopDelay({ resolution })
  delay.enable()
  return {
    look() {
      statsd.gauge('eventloop.delay_mean_ms', toDelay(delay.mean))
      statsd.gauge('eventloop.delay_p99_ms', toDelay(delay.percentile(99)))
      statsd.gauge('eventloop.delay_max_ms', toDelay(delay.max))
      delay.reset()
      const { rss, heapTotal, heapUsed, external } = process.memoryUsage()
      statsd.gauge('memory.rss_bytes', rss)
      statsd.gauge('memory.heap_total_bytes', heapTotal)
      statsd.gauge('memory.heap_used_bytes', heapUsed)
      statsd.gauge('memory.external_bytes', external)
    },
    stop() {
      delay.disable()
    }
  }
}

/** A result of a check, as `@dockerflow/heartbeat` tells it. */
interface CheckResult {
  check: string
  level: number
  duration: number
}

/** The part of `@dockerflow/heartbeat`'s decorator that is used here. */
export interface ObservableHeartbeat {
  onResult(listener: (result: CheckResult) => void): () => void
}

/** Counts the results of each check, and times its runs. Returns what ends it. */
export function observeHeartbeat(heartbeat: ObservableHeartbeat, statsd: Statsd): () => void {
  return heartbeat.onResult(({ check, level, duration }) => {
    statsd.increment('heartbeat.results', 1, { check, status: levelName(level) })
    statsd.timing('heartbeat.duration', duration, { check })
  })
}
