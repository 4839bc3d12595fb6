import { Enum, Object as ObjectSchema, Optional, type Static, String as StringSchema, Unknown } from 'typebox'

// A description says what an error says was expected; a format is one of config.ts.

const levels = ['trace', 'debug', 'info', 'warn', 'error', 'fatal', 'silent'] as const
const forms = ['mozlog', 'pretty'] as const
const remotePort = Optional(
  StringSchema({ format: 'remote-port', description: 'a port number from 1 to 65535' })
)

/** What the environment may say; @dockerflow/statsd reads the variables of its own, that are checked here. */
export const Environment = ObjectSchema({
  PORT: StringSchema({ format: 'port', description: 'a port number from 0 to 65535', default: '8000' }),
  HOST: StringSchema({ default: '127.0.0.1' }),
  LOG_LEVEL: Enum([...levels], { description: `one of ${levels.join(', ')}`, default: 'info' }),
  LOG_FORMAT: Optional(Enum([...forms], { description: `one of ${forms.join(', ')}` })),
  VERSION_FILE: StringSchema({ default: '/app/version.json' }),
  DATABASE_URL: StringSchema({
    format: 'database-url',
    description: 'a URL such as sqlite:data/demo.db or postgres://user:password@host:5432/database',
    default: 'sqlite:data/demo.db'
  }),
  REDIS_URL: Optional(
    StringSchema({ format: 'redis-url', description: 'a URL such as redis://user:password@host:6379/0' })
  ),
  STATSD_HOST: Optional(StringSchema()),
  STATSD_PORT: remotePort,
  STATD_PORT: remotePort,
  DRAIN_DELAY: StringSchema({
    format: 'delay',
    description: 'whole milliseconds, from 0 to 600000',
    default: '0'
  }),
  NOTIFICATIONS_DIR: Optional(StringSchema()),
  ERROR_TOKEN: Optional(
    StringSchema({ pattern: '^[\\x21-\\x7e]+$', description: 'visible ASCII characters' })
  )
})

export type Environment = Static<typeof Environment>

/** What the demo's page shows; read by `page/main.ts`. */
export const Status = ObjectSchema({ version: Unknown(), heartbeat: Unknown() })
