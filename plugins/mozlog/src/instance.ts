// What mozlog puts on a pino logger.

// biome-ignore lint/suspicious/noExplicitAny: what pino keeps behind its symbols has no types
export type Instance = any

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

export const noBindings: Bindings = { text: '', keys: [], type: undefined }

/**
 * Writes a line of the level info of which the fields are JSON already. Not there, or false, where the app has set up
 * something that has to see the fields: they must go through pino.
 */
export const writeInfoSym = Symbol('mozlog.writeInfo')
/** The logger's own destination; not there when it has another. */
export const stdoutSym = Symbol('mozlog.stdout')
/** The project of Google Cloud Logging's traces; null where they aren't asked for. */
export const projectSym = Symbol('mozlog.project')

/** Whether a logger, or the one that it is a child of, is `createMozlog`'s. */
export const isMozlog = (logger: object): boolean => bindingsSym in logger
