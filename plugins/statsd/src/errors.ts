import createError from '@fastify/error'

/** An option is unknown, or has a value that it can't have. Thrown while registering. */
export const DOCKERFLOW_STATSD_INVALID_OPTION = createError<[name: string, expected: string]>(
  'DOCKERFLOW_STATSD_INVALID_OPTION',
  '@dockerflow/statsd: option "%s" %s',
  500,
  TypeError
)

/** STATSD_PORT, or STATD_PORT, is no port. Thrown while registering. */
export const DOCKERFLOW_STATSD_INVALID_PORT = createError<[variable: string]>(
  'DOCKERFLOW_STATSD_INVALID_PORT',
  '@dockerflow/statsd: the environment variable %s must be a whole number from 1 to 65535'
)

/** A `path` is given, and the add-on that speaks to Unix sockets isn't there. Thrown while registering; `cause` says more. */
export const DOCKERFLOW_STATSD_NO_UNIX_SOCKETS = createError(
  'DOCKERFLOW_STATSD_NO_UNIX_SOCKETS',
  '@dockerflow/statsd: option "path" needs the optional package unix-dgram, which could not be loaded: allow its install script, which compiles it, and install it again'
)

/** The scope has the plugin already, or the path has a route. Thrown while registering. */
export const DOCKERFLOW_STATSD_ALREADY_REGISTERED = createError<[fault: string]>(
  'DOCKERFLOW_STATSD_ALREADY_REGISTERED',
  '@dockerflow/statsd: %s'
)
