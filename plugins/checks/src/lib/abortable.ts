/** Settles as `task` does, or rejects with the signal's reason as soon as it is aborted. */
export async function abortable<T>(signal: AbortSignal, task: () => T | Promise<T>): Promise<T> {
  signal.throwIfAborted()
  const { promise: aborted, reject } = Promise.withResolvers<never>()
  const abort = () => reject(signal.reason)
  signal.addEventListener('abort', abort, { once: true })
  try {
    return await Promise.race([task(), aborted])
  } finally {
    signal.removeEventListener('abort', abort)
  }
}
