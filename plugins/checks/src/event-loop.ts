import { monitorEventLoopDelay } from 'node:perf_hooks'
import type { CheckOptions, HeartbeatCheckObject } from '@dockerflow/heartbeat'
import { nothing, positive, type Rule } from '@dockerflow/kit/options'
import { defineCheck } from './lib/define-check.ts'
import { warningOrError } from './lib/messages.ts'

/** The options of `eventLoopCheck`, beside the engine's. */
export interface EventLoopCheckOptions extends CheckOptions {
  /**
   * A warning is shown when the delay is longer, in ms.
   * @default 100
   */
  warnAt?: number | undefined
  /**
   * The check fails when the delay is longer, in ms.
   * @default 1000
   */
  failAt?: number | undefined
  /**
   * Which percentile of the delays since the last run is looked at.
   * @default 99
   */
  percentile?: number | undefined
}

/** How often the delay is measured, in ms. */
const resolution = 20

const late = warningOrError('013', 'the event loop is late')

const percent: Rule = {
  accepts: (value) => positive.accepts(value) && (value as number) <= 100,
  expected: 'a number above 0 and at most 100'
}

const define = defineCheck<undefined, EventLoopCheckOptions>({
  name: 'eventLoopCheck',
  client: nothing,
  options: { warnAt: positive, failAt: positive, percentile: percent },
  build(_, { warnAt = 100, failAt = 1000, percentile = 99 }) {
    const delays = monitorEventLoopDelay({ resolution })
    delays.enable()
    return {
      run() {
        // What is measured is the time between two ticks of a timer, in ns.
        const delay = delays.count === 0 ? 0 : delays.percentile(percentile) / 1e6 - resolution
        delays.reset()
        if (delay > failAt) return late('E')
        if (delay > warnAt) return late('W')
      },
      close() {
        delays.disable()
      }
    }
  }
})

/**
 * A check of how late this process's event loop is.
 * Throws DOCKERFLOW_CHECKS_INVALID_OPTION.
 */
export const eventLoopCheck = (options?: EventLoopCheckOptions): HeartbeatCheckObject =>
  define(undefined, options)
