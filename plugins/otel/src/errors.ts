import createError from '@fastify/error'

/** An option is unknown, or has a value that it can't have. Thrown while registering, and by the functions that take options. */
export const DOCKERFLOW_OTEL_INVALID_OPTION = createError<[name: string, expected: string]>(
  'DOCKERFLOW_OTEL_INVALID_OPTION',
  '@dockerflow/otel: option "%s" %s',
  500,
  TypeError
)

/** The app has the plugin already. Thrown while registering. */
export const DOCKERFLOW_OTEL_ALREADY_REGISTERED = createError(
  'DOCKERFLOW_OTEL_ALREADY_REGISTERED',
  '@dockerflow/otel: the plugin is registered already; register it once'
)

/** The version file is there, and can't be read or is not what it should be. Thrown by `resourceAttributes()`. */
export const DOCKERFLOW_OTEL_INVALID_VERSION_FILE = createError<[path: string, fault: string]>(
  'DOCKERFLOW_OTEL_INVALID_VERSION_FILE',
  '@dockerflow/otel: the version file "%s" %s'
)
