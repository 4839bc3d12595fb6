import createError from '@fastify/error'

/** An option is unknown, or has a value that it can't have. Thrown while the logger is made, or while registering. */
export const DOCKERFLOW_MOZLOG_INVALID_OPTION = createError<[name: string, expected: string]>(
  'DOCKERFLOW_MOZLOG_INVALID_OPTION',
  '@dockerflow/mozlog: option "%s" %s',
  500,
  TypeError
)

/** The app has a logger of another kind, whose lines are no mozlog. Thrown while registering. */
export const DOCKERFLOW_MOZLOG_FOREIGN_LOGGER = createError(
  'DOCKERFLOW_MOZLOG_FOREIGN_LOGGER',
  '@dockerflow/mozlog: the app has another logger; make it with Fastify(dockerflowServerOptions()) of @dockerflow/all, or with Fastify(mozlogServerOptions()), or keep its logger and register @dockerflow/all with mozlog: false',
  500,
  TypeError
)
