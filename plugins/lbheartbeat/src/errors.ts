import createError from '@fastify/error'

/** An option is unknown, or has a value that it can't have. Thrown while registering. */
export const DOCKERFLOW_LBHEARTBEAT_INVALID_OPTION = createError<[name: string, expected: string]>(
  'DOCKERFLOW_LBHEARTBEAT_INVALID_OPTION',
  '@dockerflow/lbheartbeat: option "%s" %s',
  500,
  TypeError
)
