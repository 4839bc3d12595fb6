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

/** The scope has the plugin already, or the path has a route. Thrown while registering. */
export const DOCKERFLOW_ERROR_ALREADY_REGISTERED = createError<[fault: string]>(
  'DOCKERFLOW_ERROR_ALREADY_REGISTERED',
  '@dockerflow/error: %s'
)

/** The scope's prefix would move the default path. Thrown while registering. */
export const DOCKERFLOW_ERROR_PREFIXED_SCOPE = createError<[defaultUrl: string, movedTo: string]>(
  'DOCKERFLOW_ERROR_PREFIXED_SCOPE',
  '@dockerflow/error: the scope\'s prefix would move "%s" to "%s"; register the plugin outside of that scope, or set the option "url" if you mean it'
)
