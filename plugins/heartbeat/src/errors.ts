import createError from '@fastify/error'

/** An option is unknown, or has a value that it can't have. Thrown while registering. */
export const DOCKERFLOW_HEARTBEAT_INVALID_OPTION = createError<[name: string, expected: string]>(
  'DOCKERFLOW_HEARTBEAT_INVALID_OPTION',
  '@dockerflow/heartbeat: option "%s" %s',
  500,
  TypeError
)

/** A check has a name that it can't have. Thrown while registering, and by `addCheck()`. */
export const DOCKERFLOW_HEARTBEAT_INVALID_NAME = createError<[name: string, expected: string]>(
  'DOCKERFLOW_HEARTBEAT_INVALID_NAME',
  '@dockerflow/heartbeat: the check name %s %s',
  500,
  TypeError
)

/** There is a check of this name. Thrown by `addCheck()`. */
export const DOCKERFLOW_HEARTBEAT_DUPLICATE_CHECK = createError<[name: string]>(
  'DOCKERFLOW_HEARTBEAT_DUPLICATE_CHECK',
  '@dockerflow/heartbeat: there is a check named %s already',
  500,
  TypeError
)

/** The scope has the plugin already, or the path has a route. Thrown while registering. */
export const DOCKERFLOW_HEARTBEAT_ALREADY_REGISTERED = createError<[fault: string]>(
  'DOCKERFLOW_HEARTBEAT_ALREADY_REGISTERED',
  '@dockerflow/heartbeat: %s'
)

/** The scope's prefix would move the default path. Thrown while registering. */
export const DOCKERFLOW_HEARTBEAT_PREFIXED_SCOPE = createError<[defaultUrl: string, movedTo: string]>(
  'DOCKERFLOW_HEARTBEAT_PREFIXED_SCOPE',
  '@dockerflow/heartbeat: the scope\'s prefix would move "%s" to "%s"; register the plugin outside of that scope, or set the option "url" if you mean it'
)
