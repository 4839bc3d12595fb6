import * as v from 'valibot'

const levels = ['trace', 'debug', 'info', 'warn', 'error', 'fatal', 'silent'] as const
const forms = ['mozlog', 'pretty'] as const

/** One of some words; the message says what was expected, as all messages here do, and no value. */
const oneOf = <const T extends readonly string[]>(words: T) => v.picklist(words, `one of ${words.join(', ')}`)

/** A whole number of decimal digits from `min` to `max`: `0x50`, `8e3` and ` 80` are none. */
const wholeNumber = (min: number, max: number, expected: string) =>
  v.pipe(
    v.string(),
    v.check((text) => /^\d{1,6}$/.test(text) && Number(text) >= min && Number(text) <= max, expected),
    v.transform(Number)
  )

const remotePort = v.optional(wholeNumber(1, 65535, 'a port number from 1 to 65535'))

/** What the environment may say; @dockerflow/statsd reads the variables of its own, that are checked here. */
const Environment = v.object({
  PORT: v.optional(wholeNumber(0, 65535, 'a port number from 0 to 65535'), '8000'),
  HOST: v.optional(v.string(), '127.0.0.1'),
  LOG_LEVEL: v.optional(oneOf(levels), 'info'),
  LOG_FORMAT: v.optional(oneOf(forms)),
  VERSION_FILE: v.optional(v.string(), '/app/version.json'),
  DATABASE_URL: v.optional(
    v.pipe(
      v.string(),
      v.check(
        (text) => /^sqlite:./.test(text) || isUrl(text, ['postgres:', 'postgresql:']),
        'a URL such as sqlite:data/demo.db or postgres://user:password@host:5432/database'
      )
    ),
    'sqlite:data/demo.db'
  ),
  REDIS_URL: v.optional(
    v.pipe(
      v.string(),
      v.check((text) => isUrl(text, ['redis:', 'rediss:']), 'a URL such as redis://user:password@host:6379/0')
    )
  ),
  STATSD_HOST: v.optional(v.string()),
  STATSD_PORT: remotePort,
  STATD_PORT: remotePort,
  DRAIN_DELAY: v.optional(wholeNumber(0, 600_000, 'whole milliseconds, from 0 to 600000'), '0'),
  ERROR_TOKEN: v.optional(v.pipe(v.string(), v.regex(/^[\x21-\x7e]+$/, 'visible ASCII characters')))
})

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
  const given = Object.fromEntries(Object.entries(environment).filter(([, value]) => value !== ''))
  const { success, output: env, issues } = v.safeParse(Environment, given)
  if (!success) {
    throw new ConfigError(issues.map((issue) => `${v.getDotPath(issue)} must be ${issue.message}`).join('; '))
  }
  return {
    port: env.PORT,
    host: env.HOST,
    logLevel: env.LOG_LEVEL,
    logFormat: env.LOG_FORMAT ?? (isTerminal ? 'pretty' : 'mozlog'),
    versionFile: env.VERSION_FILE,
    databaseUrl: env.DATABASE_URL,
    redisUrl: env.REDIS_URL,
    drainDelay: env.DRAIN_DELAY,
    errorToken: env.ERROR_TOKEN
  }
}
