import createError from '@fastify/error'

/** An option is unknown, or has a value that it can't have. `serve()` rejects with it before it does anything. */
export const DOCKERFLOW_LIFECYCLE_INVALID_OPTION = createError<[name: string, expected: string]>(
  'DOCKERFLOW_LIFECYCLE_INVALID_OPTION',
  '@dockerflow/lifecycle: option "%s" %s',
  500,
  TypeError
)

/** `serve()` was called before, in this process, which it owns. It rejects with it before it does anything. */
export const DOCKERFLOW_LIFECYCLE_ALREADY_SERVING = createError(
  'DOCKERFLOW_LIFECYCLE_ALREADY_SERVING',
  '@dockerflow/lifecycle: serve() runs one app as this process, and was called before'
)

/** The environment variable PORT is no port. Logged; the process ends with code 1. */
export const DOCKERFLOW_LIFECYCLE_INVALID_PORT = createError(
  'DOCKERFLOW_LIFECYCLE_INVALID_PORT',
  '@dockerflow/lifecycle: the environment variable PORT must be a whole number from 0 to 65535'
)

/** The function given to `serve()` returned something else than a Fastify app. Logged; the process ends with code 1. */
export const DOCKERFLOW_LIFECYCLE_NO_APP = createError(
  'DOCKERFLOW_LIFECYCLE_NO_APP',
  '@dockerflow/lifecycle: serve() needs a Fastify app, or a function that returns one',
  500,
  TypeError
)

/** The bodies in flight would take more than `maxBodyBytes`. Answered with status 503. */
export const DOCKERFLOW_LIFECYCLE_BODIES_FULL = createError(
  'DOCKERFLOW_LIFECYCLE_BODIES_FULL',
  '@dockerflow/lifecycle: too many bytes of request bodies are in flight',
  503
)
