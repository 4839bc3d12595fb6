import { abortable } from './abortable.ts'

/**
 * Asks what can't be called back, such as a question on the app's own connection, which isn't ours to destroy.
 * An answer that didn't come in time is waited for by the runs after it: one question is open at most, to each
 * `subject`.
 */
export function oneQuestion<Subject extends object, Answer>(
  ask: (subject: Subject) => Promise<Answer>
): (subject: Subject, signal: AbortSignal) => Promise<Answer> {
  const open = new WeakMap<Subject, Promise<Answer>>()
  return (subject, signal) =>
    abortable(signal, () => {
      const asked = open.get(subject)
      if (asked !== undefined) return asked
      const asking = ask(subject)
      open.set(subject, asking)
      const answered = () => open.delete(subject)
      asking.then(answered, answered)
      return asking
    })
}
