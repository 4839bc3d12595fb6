import createError from '@fastify/error'

/** A check was handed what it can't ask, such as the client of another service. Thrown while building the check. */
export const DOCKERFLOW_CHECKS_INVALID_CLIENT = createError<[check: string, expected: string]>(
  'DOCKERFLOW_CHECKS_INVALID_CLIENT',
  '@dockerflow/checks: %s must be given %s',
  500,
  TypeError
)

/** An option is unknown, or has a value that it can't have. Thrown while building the check. */
export const DOCKERFLOW_CHECKS_INVALID_OPTION = createError<[name: string, check: string, expected: string]>(
  'DOCKERFLOW_CHECKS_INVALID_OPTION',
  '@dockerflow/checks: option "%s" of %s %s',
  500,
  TypeError
)
