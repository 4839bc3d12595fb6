import type { CheckResult, HeartbeatCheckObject } from '@dockerflow/heartbeat'
import { abortable } from './abortable.ts'
import { destroyed, problemOf } from './destroyed.ts'
import { undestroyed } from './messages.ts'

/** Hands over what ends something that a run opened: called once, when the run is aborted or has ended. */
export type AtEnd = (destroy: () => void) => void

/**
 * A check that opens what it needs for each run. `work` gets a signal that is aborted when the run is, on `kill()`,
 * on `close()`, and when the run has ended. All that it opens must end with that signal, or by a function that it
 * hands to `atEnd`.
 */
export function perRun(
  work: (signal: AbortSignal, atEnd: AtEnd) => Promise<CheckResult>
): HeartbeatCheckObject {
  let current: AbortController | undefined
  const kill = () => current?.abort(new Error('the check was ended'))
  return {
    async run({ signal }) {
      const own = new AbortController()
      current = own
      const either = AbortSignal.any([signal, own.signal])
      let destroy = () => {}
      const atEnd: AtEnd = (end) => {
        destroy = () => {
          destroy = () => {}
          end()
        }
        if (either.aborted) problemOf(destroy) // too late for the run to say that it failed
      }
      let result: CheckResult
      try {
        result = await abortable(
          either,
          () => work(either, atEnd),
          () => destroy()
        )
      } catch (err) {
        throw destroyed(err, destroy)
      } finally {
        own.abort(new Error('the run has ended'))
      }
      const problem = problemOf(destroy)
      return problem === undefined ? result : [...[result ?? []].flat(), undestroyed(problem)]
    },
    kill,
    close: kill
  }
}
