import { totalmem } from 'node:os'
import { getHeapStatistics } from 'node:v8'
import type { CheckOptions, HeartbeatCheckObject } from '@dockerflow/heartbeat'
import { fraction, nothing, oneOf, positive } from '@dockerflow/kit/options'
import { defineCheck } from './lib/define-check.ts'
import { warningOrError } from './lib/messages.ts'

/** The options of `memoryCheck`, beside the engine's. */
export interface MemoryCheckOptions extends CheckOptions {
  /**
   * What is measured: the memory of the whole process that is resident, or V8's heap.
   * @default 'rss'
   */
  measure?: 'rss' | 'heap' | undefined
  /**
   * What it is measured against, in bytes.
   * @default the limit of the container, else the machine's memory; for the heap, V8's own limit
   */
  limit?: number | undefined
  /**
   * A warning is shown above this part of the limit.
   * @default 0.85
   */
  warnAt?: number | undefined
  /**
   * The check fails above this part of the limit.
   * @default 0.95
   */
  failAt?: number | undefined
}

const high = warningOrError('012', 'memory is almost used up')

const define = defineCheck<undefined, MemoryCheckOptions>({
  name: 'memoryCheck',
  client: nothing,
  options: { measure: oneOf('rss', 'heap'), limit: positive, warnAt: fraction, failAt: fraction },
  build(_, { measure = 'rss', limit, warnAt = 0.85, failAt = 0.95 }) {
    const most = limit ?? (measure === 'heap' ? getHeapStatistics().heap_size_limit : residentLimit())
    return () => {
      const used = measure === 'heap' ? getHeapStatistics().used_heap_size : process.memoryUsage.rss()
      if (used > most * failAt) return high('E')
      if (used > most * warnAt) return high('W')
    }
  }
})

/** The limit of the container where there is one: else Node reports 0, or more than the machine has. */
function residentLimit(): number {
  return Math.min(...[process.constrainedMemory(), totalmem()].filter((bytes) => bytes > 0))
}

/**
 * A check of this process's memory against a limit.
 * Throws DOCKERFLOW_CHECKS_INVALID_OPTION.
 */
export const memoryCheck = (options?: MemoryCheckOptions): HeartbeatCheckObject => define(undefined, options)
