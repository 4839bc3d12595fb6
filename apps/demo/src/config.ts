import { type EnvSchemaOpt, envSchema } from 'env-schema'
import { type Static, Type } from 'typebox'

const levels = ['trace', 'debug', 'info', 'warn', 'error', 'fatal', 'silent'] as const
const forms = ['mozlog', 'pretty'] as const

/** What a variable must be, for the person who gave it another value. */
const expected: Record<string, string> = {
  PORT: 'a port number from 0 to 65535',
  LOG_LEVEL: `one of ${levels.join(', ')}`,
  LOG_FORMAT: `one of ${forms.join(', ')}`,
  DATABASE_URL: 'a URL such as sqlite:data/demo.db or postgres://user:password@host:5432/database',
  REDIS_URL: 'a URL such as redis://user:password@host:6379/0',
  STATSD_PORT: 'a port number from 1 to 65535',
  STATD_PORT: 'a port number from 1 to 65535',
  DRAIN_DELAY: 'whole milliseconds, from 0 to 600000',
  ERROR_TOKEN: 'visible ASCII characters'
}

/**
 * The environment of the demo; @dockerflow/statsd reads the variables of its own, that are checked here. As text: numbers are
 * strict, `0x50` and `8e3` are none.
 */
const Environment = Type.Object({
  PORT: Type.String({ format: 'port', default: '8000' }),
  HOST: Type.String({ default: '127.0.0.1' }),
  LOG_LEVEL: Type.Enum(levels, { default: 'info' }),
  LOG_FORMAT: Type.Optional(Type.Enum(forms)),
  VERSION_FILE: Type.String({ default: '/app/version.json' }),
  DATABASE_URL: Type.String({ format: 'database-url', default: 'sqlite:data/demo.db' }),
  REDIS_URL: Type.Optional(Type.String({ format: 'redis-url' })),
  STATSD_HOST: Type.Optional(Type.String()),
  STATSD_PORT: Type.Optional(Type.String({ format: 'remote-port' })),
  STATD_PORT: Type.Optional(Type.String({ format: 'remote-port' })),
  DRAIN_DELAY: Type.String({ format: 'milliseconds', default: '0' }),
  ERROR_TOKEN: Type.Optional(Type.String({ pattern: '^[\\x21-\\x7e]+$' }))
})

const formats = {
  port: (value: string) => isPort(value),
  'remote-port': (value: string) => isPort(value) && Number(value) > 0,
  milliseconds: (value: string) => /^\d{1,6}$/.test(value) && Number(value) <= 600_000,
  'database-url': (value: string) => /^sqlite:./.test(value) || isUrl(value, ['postgres:', 'postgresql:']),
  'redis-url': (value: string) => isUrl(value, ['redis:', 'rediss:'])
}

const isPort = (value: string) => /^\d{1,5}$/.test(value) && Number(value) <= 65535

const withFormats: Extract<EnvSchemaOpt['ajv'], { customOptions: unknown }>['customOptions'] = (ajv) => {
  for (const [name, format] of Object.entries(formats)) ajv.addFormat(name, format)
  return ajv
}

function isUrl(value: string, protocols: string[]): boolean {
  // pg knows a user without a host, as Cloud SQL's sockets are written; a URL proper does not.
  const url = URL.parse(value.replace(/^(\w+:\/\/)[^/?#]*@\//, '$1/'))
  if (!url || !protocols.includes(url.protocol)) return false
  // A % that was never encoded would make the driver throw, and name the URL with its password.
  const encoded = /^(?:[^%]|%[0-9a-f]{2})*$/i.test(value)
  return encoded && (url.hostname !== '' || url.searchParams.has('host'))
}

export interface Config {
  /** 0 takes any free port. */
  port: number
  host: string
  logLevel: (typeof levels)[number]
  /** Lines for machines, or for people. */
  logFormat: (typeof forms)[number]
  /** Path of the version file. */
  versionFile: string
  /** `sqlite:` and a path, or a `postgres:` URL, which holds a password. */
  databaseUrl: string
  /** `redis:` or `rediss:`, which may hold a password; unset, there is no Redis. */
  redisUrl: string | undefined
  /** How long to go on serving after SIGTERM, in milliseconds. */
  drainDelay: number
  /** What `/__error__` asks for as a bearer token; unset, there is no such route. */
  errorToken: string | undefined
}

/** The environment is wrong: `message` is one line that names every wrong variable, and no value of any. */
export class ConfigError extends Error {}

/**
 * Reads the configuration from environment variables; a blank one counts as unset. On a terminal the log is for
 * people unless they say otherwise.
 * @throws {ConfigError}
 */
export function readConfig(environment: NodeJS.ProcessEnv, isTerminal: boolean): Config {
  const data = Object.fromEntries(Object.entries(environment).filter(([, value]) => value !== ''))
  const env = validate(data)
  return {
    port: Number(env.PORT),
    host: env.HOST,
    logLevel: env.LOG_LEVEL,
    logFormat: env.LOG_FORMAT ?? (isTerminal ? 'pretty' : 'mozlog'),
    versionFile: env.VERSION_FILE,
    databaseUrl: env.DATABASE_URL,
    redisUrl: env.REDIS_URL,
    drainDelay: Number(env.DRAIN_DELAY),
    errorToken: env.ERROR_TOKEN
  }
}

function validate(data: Record<string, string | undefined>): Static<typeof Environment> {
  try {
    return envSchema<Static<typeof Environment>>({
      schema: Environment,
      data,
      env: false,
      ajv: { customOptions: withFormats }
    })
  } catch (err) {
    const { errors } = err as { errors: { instancePath: string }[] }
    const wrong = new Set(errors.map(({ instancePath }) => instancePath.slice(1)))
    throw new ConfigError([...wrong].map((name) => `${name} must be ${expected[name]}`).join('; '))
  }
}
