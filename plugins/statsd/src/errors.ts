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

/** A tag has a reserved name, or a value that is no text. Thrown by the methods of `fastify.statsd`. */
export const DOCKERFLOW_STATSD_INVALID_TAG = createError<[tag: string, fault: string]>(
  'DOCKERFLOW_STATSD_INVALID_TAG',
  '@dockerflow/statsd: the tag "%s" %s',
  500,
  TypeError
)

/** A `path` is given, and the optional peer `unix-dgram` can't be loaded. Thrown while registering; `cause` says more. */
export const DOCKERFLOW_STATSD_NO_UNIX_SOCKETS = createError(
  'DOCKERFLOW_STATSD_NO_UNIX_SOCKETS',
  '@dockerflow/statsd: option "path" needs the package unix-dgram, which could not be loaded; install it, and allow its install script, which compiles it'
)

/** The scope has the plugin already, or the path has a route. Thrown while registering. */
export const DOCKERFLOW_STATSD_ALREADY_REGISTERED = createError<[fault: string]>(
  'DOCKERFLOW_STATSD_ALREADY_REGISTERED',
  '@dockerflow/statsd: %s'
)
