import createError from '@fastify/error'

/** An option is unknown, or has a value that it can't have. Thrown while registering. */
export const DOCKERFLOW_VERSION_INVALID_OPTION = createError<[name: string, expected: string]>(
  'DOCKERFLOW_VERSION_INVALID_OPTION',
  '@dockerflow/version: option "%s" %s',
  500,
  TypeError
)

/** The version file is there, but holds no version object. Thrown while registering. */
export const DOCKERFLOW_VERSION_INVALID_FILE = createError<[path: string, expected: string]>(
  'DOCKERFLOW_VERSION_INVALID_FILE',
  '@dockerflow/version: file "%s" %s'
)

/** The version file is there, but can't be read. Thrown while registering; `cause` is the system's error. */
export const DOCKERFLOW_VERSION_UNREADABLE_FILE = createError<
  [path: string, code: string, options: { cause: unknown }]
>('DOCKERFLOW_VERSION_UNREADABLE_FILE', '@dockerflow/version: file "%s" can not be read: %s')

/** The scope has the plugin already, or the path has a route. Thrown while registering. */
export const DOCKERFLOW_VERSION_ALREADY_REGISTERED = createError<[fault: string]>(
  'DOCKERFLOW_VERSION_ALREADY_REGISTERED',
  '@dockerflow/version: %s'
)

/** The scope's prefix would move the default path. Thrown while registering. */
export const DOCKERFLOW_VERSION_PREFIXED_SCOPE = createError<[defaultUrl: string, movedTo: string]>(
  'DOCKERFLOW_VERSION_PREFIXED_SCOPE',
  '@dockerflow/version: the scope\'s prefix would move "%s" to "%s"; register the plugin outside of that scope, or set the option "url" if you mean it'
)
