// What mozlog puts on a pino logger, and what it uses of what pino puts there.

import type { FastifyInstance } from 'fastify'
import { type LoggerOptions, type Logger as PinoLogger, symbols } from 'pino'
import type { Service } from './google-cloud.ts'
import type { Heads } from './heads.ts'
import type { Stdout } from './stdout.ts'
import type { Trace, TraceSource } from './trace.ts'

/** The fields that each line of a logger starts with, ready to be written: its bindings and its parents'. */
export interface Bindings {
  /** `"key":value` for each, with commas between them. */
  text: string
  keys: string[]
  type: string | undefined
}

/** On a logger: its Bindings. */
export const bindingsSym = Symbol('mozlog.bindings')
/** On a logger: its Heads. */
export const headsSym = Symbol('mozlog.heads')
/** On a request's logger: the trace that the request belongs to. */
export const traceSym = Symbol('mozlog.trace')
/** On a request's logger, while its summary is written: Google's member httpRequest. */
export const httpRequestSym = Symbol('mozlog.httpRequest')
/**
 * Writes a line of the level info of which the fields are JSON already. Not there, or false, where the app has set up
 * something that has to see the fields: they must go through pino.
 */
export const writeInfoSym = Symbol('mozlog.writeInfo')
/** What the logger was made with. */
export const setupSym = Symbol('mozlog.setup')
/** Puts the trace on lines, where no option does. A registered symbol: `@dockerflow/otel` calls it, which imports nothing of this package. */
export const followSpansSym = Symbol.for('@dockerflow/mozlog.followSpans')

/** What all children of a logger share. */
export interface Setup {
  /** The logger's own destination; not there when it has another. */
  stdout: Stdout | undefined
  googleCloud: boolean
  service: Service
  /** The option, or what `followSpans` was given. */
  traceContext: TraceSource | undefined
}

export const noBindings: Bindings = { text: '', keys: [], type: undefined }

/** On a stream: that it sorts lines by their `level`, as a pino transport with several targets does. */
export const sortsByLevelSym = Symbol.for('pino.transport.usesMultistream')

// pino's own; by destructuring they would lose their types.
export const asJsonSym: typeof symbols.asJsonSym = symbols.asJsonSym
export const needsMetadataSym: typeof symbols.needsMetadataGsym = symbols.needsMetadataGsym
export const timeSliceIndexSym: typeof symbols.timeSliceIndexSym = symbols.timeSliceIndexSym
export const formattersSym: typeof symbols.formattersSym = symbols.formattersSym
export const serializersSym: typeof symbols.serializersSym = symbols.serializersSym
export const streamSym: typeof symbols.streamSym = symbols.streamSym
export const stringifiersSym: typeof symbols.stringifiersSym = symbols.stringifiersSym
export const timeSym: typeof symbols.timeSym = symbols.timeSym
export const wildcardFirstSym: typeof symbols.wildcardFirstSym = symbols.wildcardFirstSym
export const writeSym: typeof symbols.writeSym = symbols.writeSym

/** What is logged, or bound: anything that has members. */
export type Members = Record<string, unknown>

type Stringifiers = { [name in string | symbol]?: (value: unknown) => string | undefined }

/** Where lines go. pino tells streams that ask for it, such as `pino.multistream`, what each line is. */
export interface LogStream {
  write(line: string): void
  [needsMetadataSym]?: boolean
  lastLevel?: number
  lastObj?: object
  lastMsg?: unknown
  lastTime?: string
  lastLogger?: PinoLogger
}

/** A logger of `createMozlog`, or a child of one. */
export interface MozlogLogger extends PinoLogger {
  [bindingsSym]: Bindings
  [headsSym]: Heads
  [traceSym]?: Trace | undefined
  [httpRequestSym]?: string | undefined
  [writeInfoSym]: ((this: MozlogLogger, type: string, text: string) => boolean) | undefined
  [setupSym]: Setup
  [followSpansSym](fastify: FastifyInstance, traceContext: TraceSource): void

  [asJsonSym]: (this: MozlogLogger, obj: Members, msg: unknown, level: number, time: string) => string
  [formattersSym]: NonNullable<LoggerOptions['formatters']>
  [serializersSym]: { [name: string]: ((value: unknown) => unknown) | undefined }
  [streamSym]: LogStream
  [stringifiersSym]: Stringifiers
  [timeSym]: () => string
  [timeSliceIndexSym]: number
  [writeSym](obj: object, msg: unknown, level: number): void
}

/** Whether a logger, or the one that it is a child of, is `createMozlog`'s. */
export const isMozlog = (logger: object): logger is MozlogLogger => bindingsSym in logger
