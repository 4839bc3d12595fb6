import { AsyncLocalStorage } from 'node:async_hooks'

/** What a line written inside a request takes from it, as JSON. */
export interface RequestContext {
  /** The request's id, quoted. */
  rid: string
  /** Google Cloud Logging's members for the request's trace, each with a comma before it, or ''. */
  trace: string
}

/**
 * The request that is being served. Shared by all loggers, since it is for those that know nothing of the request;
 * each request, of whatever app, has a value of its own here, and outside of one there is none.
 */
export const requestContext = new AsyncLocalStorage<RequestContext>()
