import { monitorEventLoopDelay } from 'node:perf_hooks'
import { levelName } from '@dockerflow/kit/levels'
import type { Statsd } from './metrics.ts'

const ms = (ns: number): number => (Number.isFinite(ns) ? ns / 1e6 : 0)

/** Looks at the event loop and at memory, each time that `look()` is called. */
export function observeProcess(statsd: Statsd): { look(): void; stop(): void } {
  const delay = monitorEventLoopDelay({ resolution: 20 })
  delay.enable()
  return {
    look() {
      statsd.gauge('eventloop.delay_mean_ms', ms(delay.mean))
      statsd.gauge('eventloop.delay_p99_ms', ms(delay.percentile(99)))
      statsd.gauge('eventloop.delay_max_ms', ms(delay.max))
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
