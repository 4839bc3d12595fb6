/** Calls `destroy` where a throw would end the process, or hide a result. Returns what it threw, if anything. */
export function problemOf(destroy: () => void): unknown {
  try {
    destroy()
    return undefined
  } catch (err) {
    return err
  }
}

/**
 * What to throw after `err`, once `destroy` has been called: `err` itself, or an error that holds both where
 * `destroy` threw as well, so that neither hides the other.
 */
export function destroyed(err: unknown, destroy: () => void): unknown {
  const problem = problemOf(destroy)
  if (problem === undefined) return err
  return new AggregateError([problem], 'the connection could not be destroyed', { cause: err })
}
