/** An error with a code, which is what the heartbeat publishes of it; its text and cause go to the log alone. */
export function failure(code: string, text: string, cause?: unknown): Error {
  return Object.assign(new Error(text, cause === undefined ? undefined : { cause }), { code })
}
