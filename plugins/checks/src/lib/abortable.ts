import { destroyed } from './destroyed.ts'

/**
 * Settles as `task` does, or rejects with the signal's reason as soon as it is aborted: drivers may leave a promise
 * pending for good once their socket is destroyed.
 *
 * @param destroy Called when the signal is aborted, to end what the task has open. It runs in a listener, where a
 * throw would end the process: what it throws is part of the rejection instead.
 */
export async function abortable<T>(
  signal: AbortSignal,
  task: () => T | Promise<T>,
  destroy: () => void = () => {}
): Promise<T> {
  signal.throwIfAborted()
  const { promise: aborted, reject } = Promise.withResolvers<never>()
  let reason: unknown
  const abort = () => {
    reason = destroyed(signal.reason, destroy)
    reject(reason)
  }
  signal.addEventListener('abort', abort, { once: true })
  return Promise.race([(async () => task())(), aborted])
    .catch((err) => {
      throw signal.aborted ? reason : err
    })
    .finally(() => signal.removeEventListener('abort', abort))
}
