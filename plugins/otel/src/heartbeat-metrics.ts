import { Level } from '@dockerflow/kit/levels'
import { metrics, type ObservableResult } from '@opentelemetry/api'

/** A result of a check, as `@dockerflow/heartbeat` tells it. */
interface CheckResult {
  check: string
  level: number
  /** In milliseconds. */
  duration: number
}

/** The part of `@dockerflow/heartbeat`'s decorator that is used here. */
export interface ObservableHeartbeat {
  onResult(listener: (result: CheckResult) => void): () => void
}

/** The name of the check. */
const checkAttribute = 'dockerflow.heartbeat.check.name'
const attributesOf = (check: string) => ({ [checkAttribute]: check })

/** As the semantic conventions advise for durations of a few milliseconds to some seconds. */
const explicitBucketBoundaries = [0.005, 0.01, 0.025, 0.05, 0.075, 0.1, 0.25, 0.5, 0.75, 1, 2.5, 5, 7.5, 10]

/** Measures each run of a check, with the meter of whatever SDK there is. Returns what ends it. */
export function measureHeartbeat(heartbeat: ObservableHeartbeat): () => void {
  const meter = metrics.getMeter('@dockerflow/otel')
  const name = (metric: string) => `dockerflow.heartbeat.check.${metric}`
  const levels = meter.createObservableGauge(name('level'), {
    description: 'The level of a check: 0 ok, 10 debug, 20 info, 30 warning, 40 error, 50 critical',
    unit: '1'
  })
  const ages = meter.createObservableGauge(name('success.age'), {
    description: 'How long ago the last run of a check that ended below the level error did so',
    unit: 's'
  })
  const durations = meter.createHistogram(name('duration'), {
    description: 'How long a run of a check took',
    unit: 's',
    advice: { explicitBucketBoundaries }
  })
  const known = new Map<string, { level: number; succeeded?: number }>()

  const offResult = heartbeat.onResult(({ check, level, duration }) => {
    const succeeded = level < Level.ERROR ? performance.now() : known.get(check)?.succeeded
    known.set(check, { level, ...(succeeded !== undefined && { succeeded }) })
    durations.record(duration / 1000, attributesOf(check))
  })
  const observeLevels = (result: ObservableResult) => {
    for (const [check, { level }] of known) result.observe(level, attributesOf(check))
  }
  const observeAges = (result: ObservableResult) => {
    const now = performance.now()
    for (const [check, { succeeded }] of known) {
      if (succeeded !== undefined) result.observe((now - succeeded) / 1000, attributesOf(check))
    }
  }
  levels.addCallback(observeLevels)
  ages.addCallback(observeAges)
  return () => {
    offResult()
    levels.removeCallback(observeLevels)
    ages.removeCallback(observeAges)
  }
}
