import type { Readable, Writable } from 'node:stream'
import type { Database } from './answers.ts'
import { Interrupted } from './proof.ts'

/** What asks a person, on a terminal. */
export interface Questions {
  text(message: string, initial: string, fault: (value: string) => string | undefined): Promise<string>
  confirm(message: string, initial: boolean): Promise<boolean>
  choose<Value extends string>(message: string, options: [Value, string][]): Promise<Value>
  chooseSome(message: string, options: string[], initial: string[]): Promise<string[]>
}

/** The labels of the question about the database. */
export const databaseOptions: [Database, string][] = [
  ['sqlite', 'SQLite: embedded, needs nothing'],
  ['postgres', 'PostgreSQL'],
  ['mysql', 'MySQL'],
  ['none', 'none']
]

/**
 * Loads what asks. A question that Ctrl+C ends rejects with `Interrupted`.
 *
 * @param streams a terminal's; by default those of this process
 */
export async function openQuestions(
  streams: { input?: Readable; output?: Writable } = {}
): Promise<Questions> {
  const prompts = await import('@clack/prompts')
  const answered = async <Value>(answer: Promise<Value>): Promise<Exclude<Value, symbol>> => {
    const value = await answer
    if (prompts.isCancel(value)) throw new Interrupted()
    return value as Exclude<Value, symbol>
  }
  return {
    text: (message, initial, fault) =>
      answered(
        prompts.text({
          ...streams,
          message,
          placeholder: initial,
          defaultValue: initial,
          validate: (value = '') => (value === '' ? undefined : fault(value))
        })
      ),
    confirm: (message, initialValue) => answered(prompts.confirm({ ...streams, message, initialValue })),
    choose: <Value extends string>(message: string, options: [Value, string][]) =>
      answered(
        prompts.select<string>({
          ...streams,
          message,
          options: options.map(([value, label]) => ({ value, label }))
        })
      ) as Promise<Value>,
    chooseSome: (message, options, initialValues) =>
      answered(
        prompts.multiselect({
          ...streams,
          message,
          options: options.map((value) => ({ value, label: value })),
          initialValues,
          required: false
        })
      )
  }
}
