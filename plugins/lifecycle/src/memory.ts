import { constants, type PerformanceEntry, PerformanceObserver } from 'node:perf_hooks'
import { containerMemory } from './cgroup.ts'
import { heapLimit, heapUsed } from './heap.ts'

/** Memory that is nearly used up, in bytes. */
export interface MemoryPressure {
  /** Whose limit is near: V8's own (`--max-old-space-size`), or the container's. */
  of: 'heap' | 'container'
  used: number
  limit: number
}

/** Memory has to fall by this share of the limit before the next crossing counts: memory at its edge saws. */
const hysteresis = 0.1
const interval = 1000

/** Tells, sample by sample, when `used` comes to `threshold` of `limit`: true once a crossing. */
export function crossing(threshold: number): (used: number, limit: number) => boolean {
  let above = false
  return (used, limit) => {
    const crossed = !above && used >= limit * threshold
    if (crossed) above = true
    else if (used < limit * (threshold - hysteresis)) above = false
    return crossed
  }
}

const isMajor = (entry: PerformanceEntry) =>
  (entry as unknown as { detail: { kind: number } }).detail.kind === constants.NODE_PERFORMANCE_GC_MAJOR

/**
 * Looks at the heap after each major collection, since before one it is full of garbage. Calls `report` once a
 * crossing. Keeps no process alive.
 */
export function watchHeap(threshold: number, report: (pressure: MemoryPressure) => void): void {
  const limit = heapLimit(process.execArgv, process.env.NODE_OPTIONS)
  const crosses = crossing(threshold)
  const observer = new PerformanceObserver((list) => {
    if (!list.getEntries().some(isMajor)) return
    const used = heapUsed()
    if (crosses(used, limit)) report({ of: 'heap', used, limit })
  })
  observer.observe({ entryTypes: ['gc'] })
}

/**
 * Looks at the container's memory once a second, where it has a limit. Calls `report` once a crossing. Keeps no
 * process alive.
 *
 * @param sample reads the memory
 */
export async function watchContainer(
  threshold: number,
  report: (pressure: MemoryPressure) => void,
  sample = containerMemory
): Promise<void> {
  const crosses = crossing(threshold)
  const look = async () => {
    const memory = await sample()
    if (memory === undefined) return
    if (crosses(memory.used, memory.limit)) report({ of: 'container', ...memory })
    setTimeout(look, interval).unref()
  }
  await look()
}
