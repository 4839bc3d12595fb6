// What mozlog puts on a pino logger, and what it uses of what pino puts there.

import { type LoggerOptions, type Logger as PinoLogger, symbols } from 'pino'
import type { Stdout } from './stdout.ts'

/** The fields that each line of a logger starts with, ready to be written: its bindings and its parents'. */
export interface Bindings {
  /** `"key":value` for each, with commas between them. */
  text: string
  keys: string[]
  type: string | undefined
}

/**
 * What a key is written as, `"key":`, for each key that needs no more thought; '' for one that does, since it has
 * a serializer or a redaction, or is one that a record writes itself. `type` has `typeHead`. There is one such
 * map for each set of serializers and redactions.
 */
export type Heads = Map<string, string>

/** On a logger: its Bindings. */
export const bindingsSym = Symbol('mozlog.bindings')
/** On a logger: its Heads. */
export const headsSym = Symbol('mozlog.heads')
/** On a request's logger: Google Cloud Logging's members for its trace. */
export const traceSym = Symbol('mozlog.trace')
/**
 * Writes a line of the level info of which the fields are JSON already. Not there, or false, where the app has set up
 * something that has to see the fields: they must go through pino.
 */
export const writeInfoSym = Symbol('mozlog.writeInfo')
/** The logger's own destination; not there when it has another. */
export const stdoutSym = Symbol('mozlog.stdout')
/** The project of Google Cloud Logging's traces; null where they aren't asked for. */
export const projectSym = Symbol('mozlog.project')

export const noBindings: Bindings = { text: '', keys: [], type: undefined }

// pino's own; by destructuring they would lose their types.
export const asJsonSym: typeof symbols.asJsonSym = symbols.asJsonSym
export const formattersSym: typeof symbols.formattersSym = symbols.formattersSym
export const serializersSym: typeof symbols.serializersSym = symbols.serializersSym
export const streamSym: typeof symbols.streamSym = symbols.streamSym
export const stringifiersSym: typeof symbols.stringifiersSym = symbols.stringifiersSym
export const timeSym: typeof symbols.timeSym = symbols.timeSym
export const wildcardFirstSym: typeof symbols.wildcardFirstSym = symbols.wildcardFirstSym

/** What is logged, or bound: anything that has members. */
export type Members = Record<string, unknown>

type Stringifiers = { [name in string | symbol]?: (value: unknown) => string | undefined }

/** A logger of `createMozlog`, or a child of one. */
export interface MozlogLogger extends PinoLogger {
  [bindingsSym]: Bindings
  [headsSym]: Heads
  [traceSym]?: string
  [writeInfoSym]: ((this: MozlogLogger, type: string, text: string) => boolean) | undefined
  [stdoutSym]: Stdout | undefined
  [projectSym]: string | null | undefined

  [asJsonSym]: (this: MozlogLogger, obj: Members, msg: unknown, level: number, time: string) => string
  [formattersSym]: NonNullable<LoggerOptions['formatters']>
  [serializersSym]: { [name: string]: ((value: unknown) => unknown) | undefined }
  [streamSym]: { write(line: string): void }
  [stringifiersSym]: Stringifiers
  [timeSym]: () => string
}

/** Whether a logger, or the one that it is a child of, is `createMozlog`'s. */
export const isMozlog = (logger: object): logger is MozlogLogger => bindingsSym in logger
