import type { CheckMessage } from '@dockerflow/heartbeat'

// Levels by the letter that an id has for them: the values of `Level` of @dockerflow/heartbeat, of which only types
// are imported here. Texts never hold a host, a user or anything that a server said: they leave the process.
const levels = { I: 20, W: 30, E: 40, C: 50 } as const

/** What makes the message of an id such as `dockerflow.health.W011`, of the level that its letter stands for. */
export const message = (letter: keyof typeof levels, number: string, text: string): CheckMessage => ({
  level: levels[letter],
  id: `dockerflow.health.${letter}${number}`,
  message: text
})

/** What makes the warning and the error of one number and text. */
export const warningOrError =
  (number: string, text: string) =>
  (letter: 'W' | 'E'): CheckMessage =>
    message(letter, number, text)

/** The server takes no writes. It fails the check where the app needs to write. */
export const readOnly = (writable: boolean): CheckMessage =>
  writable
    ? message('E', '002', 'the server is read-only')
    : message('I', '002', 'the server is a read-only replica')

/** Each connection of the app's pool is in use, and more is asked for. The server itself is fine. */
export const poolSaturated = (): CheckMessage => message('W', '002', "the app's pool is saturated")

/** A driver threw while the check destroyed a connection of its own: a socket may stay open. */
export const undestroyed = (err: unknown): CheckMessage => ({
  ...message('W', '003', 'a connection of the check could not be destroyed'),
  err
})

/** Each request of the app fails, even where the check's own connection works. It counts as a failed run does. */
export const clientClosed = (level = 40): CheckMessage => ({
  ...message('E', '103', "the app's client is closed"),
  level
})
