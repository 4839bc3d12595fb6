import createError from '@fastify/error'

/** An option is unknown, or is neither an object nor false. Thrown while registering. */
export const DOCKERFLOW_ALL_INVALID_OPTION = createError<[name: string, expected: string]>(
  'DOCKERFLOW_ALL_INVALID_OPTION',
  '@dockerflow/all: option "%s" %s',
  500,
  TypeError
)
