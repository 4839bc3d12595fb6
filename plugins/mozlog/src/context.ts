import { AsyncLocalStorage } from 'node:async_hooks'
import type { MozlogLogger } from './instance.ts'

/** What a line written inside a request takes from it. */
export interface RequestContext {
  /** The request's id, as JSON. */
  rid: string
  /** The request's logger, which knows its trace. */
  log: MozlogLogger
}

/**
 * The request that is being served. Shared by all loggers, since it is for those that know nothing of the request;
 * each request, of whatever app, has a value of its own here, and outside of one there is none.
 */
export const requestContext = new AsyncLocalStorage<RequestContext>()
