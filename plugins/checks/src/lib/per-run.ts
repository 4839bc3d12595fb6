import type { CheckResult, HeartbeatCheckObject } from '@dockerflow/heartbeat'
import { abortable } from './abortable.ts'

/**
 * A check that opens what it needs for each run. `work` is given a signal that is aborted when the run is,
 * on `kill()`, on `close()`, and when the run has ended: all that it opened must end with that signal.
 */
export function perRun(work: (signal: AbortSignal) => Promise<CheckResult>): HeartbeatCheckObject {
  let current: AbortController | undefined
  const kill = () => current?.abort(new Error('the check was ended'))
  return {
    async run({ signal }) {
      signal.throwIfAborted()
      const mine = new AbortController()
      current = mine
      const abort = () => mine.abort(signal.reason)
      signal.addEventListener('abort', abort, { once: true })
      try {
        return await abortable(mine.signal, () => work(mine.signal))
      } finally {
        signal.removeEventListener('abort', abort)
        mine.abort(new Error('the run has ended'))
      }
    },
    kill,
    close: kill
  }
}
