/** A target, or a file that says how to check, can't be read. Its message is one line, and says what was expected. */
export class ConformanceError extends Error {
  override name = 'ConformanceError'
  readonly code = 'DOCKERFLOW_CONFORMANCE_UNREADABLE'
}
