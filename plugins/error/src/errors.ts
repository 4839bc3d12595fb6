import createError from '@fastify/error'

/** An option is unknown, or has a value that it can't have. Thrown while registering. */
export const DOCKERFLOW_ERROR_INVALID_OPTION = createError<[name: string, expected: string]>(
  'DOCKERFLOW_ERROR_INVALID_OPTION',
  '@dockerflow/error: option "%s" %s',
  500,
  TypeError
)

/** What the route throws; the text is python-dockerflow's. */
export const DOCKERFLOW_ERROR_TEST = createError(
  'DOCKERFLOW_ERROR_TEST',
  'This is a test exception from the /__error__ endpoint.'
)
