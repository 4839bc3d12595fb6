import createError from '@fastify/error'

/** An option is unknown, or has a value that it can't have. Thrown while registering. */
export const DOCKERFLOW_LBHEARTBEAT_INVALID_OPTION = createError<[name: string, expected: string]>(
  'DOCKERFLOW_LBHEARTBEAT_INVALID_OPTION',
  '@dockerflow/lbheartbeat: option "%s" %s',
  500,
  TypeError
)

/** The scope has the plugin already, or the path has a route. Thrown while registering. */
export const DOCKERFLOW_LBHEARTBEAT_ALREADY_REGISTERED = createError<[fault: string]>(
  'DOCKERFLOW_LBHEARTBEAT_ALREADY_REGISTERED',
  '@dockerflow/lbheartbeat: %s'
)

/** The scope's prefix would move the default path. Thrown while registering. */
export const DOCKERFLOW_LBHEARTBEAT_PREFIXED_SCOPE = createError<[defaultUrl: string, movedTo: string]>(
  'DOCKERFLOW_LBHEARTBEAT_PREFIXED_SCOPE',
  '@dockerflow/lbheartbeat: the scope\'s prefix would move "%s" to "%s"; register the plugin outside of that scope, or set the option "url" if you mean it'
)
