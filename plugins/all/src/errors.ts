import createError from '@fastify/error'

/** An option is unknown, or is neither an object nor false. Thrown while registering. */
export const DOCKERFLOW_ALL_INVALID_OPTION = createError<[name: string, expected: string]>(
  'DOCKERFLOW_ALL_INVALID_OPTION',
  '@dockerflow/all: option "%s" %s',
  500,
  TypeError
)

/** The scope has the plugin already. Thrown while registering. */
export const DOCKERFLOW_ALL_ALREADY_REGISTERED = createError(
  'DOCKERFLOW_ALL_ALREADY_REGISTERED',
  '@dockerflow/all: the plugin is registered already; register it once, with the options of all who add checks merged'
)
