import validator from '../dist/environment-validator.js'
import type { Environment } from './schema.ts'

/** A whole number of decimal digits from `min` to `max`: rejects `0x50`, `8e3`, ` 80`. */
const wholeNumber = (min: number, max: number) => (text: string) =>
  /^\d{1,6}$/.test(text) && Number(text) >= min && Number(text) <= max

const formats = {
  port: wholeNumber(0, 65_535),
  'remote-port': wholeNumber(1, 65_535),
  delay: wholeNumber(0, 600_000),
  'database-url': (text: string) => /^sqlite:./.test(text) || isUrl(text, ['postgres:', 'postgresql:']),
  'redis-url': (text: string) => isUrl(text, ['redis:', 'rediss:'])
}

function isUrl(value: string, protocols: string[]): boolean {
  // pg knows a user without a host, as Cloud SQL's sockets are written; a URL proper does not.
  const url = URL.parse(value.replace(/^(\w+:\/\/)[^/?#]*@\//, '$1/'))
  if (!url || !protocols.includes(url.protocol)) return false
  // A % that was never encoded would make the driver throw, and name the URL with its password.
  const encoded = /^(?:[^%]|%[0-9a-f]{2})*$/i.test(value)
  return encoded && (url.hostname !== '' || url.searchParams.has('host'))
}

const isEnvironment = validator<Environment>(formats)

export interface Config {
  /** 0 takes any free port. */
  port: number
  host: string
  logLevel: Environment['LOG_LEVEL']
  /** Lines for machines, or for people. */
  logFormat: NonNullable<Environment['LOG_FORMAT']>
  /** Path of the version file. */
  versionFile: string
  /** `sqlite:` and a path, or a `postgres:` URL, which holds a password. */
  databaseUrl: string
  /** `redis:` or `rediss:`, which may hold a password; unset, there is no Redis. */
  redisUrl: string | undefined
  /** How long to go on serving after SIGTERM, in milliseconds. */
  drainDelay: number
  /** Folder for a JSON file of each crash, and of memory that is nearly used up; unset, there are none. */
  notificationsDir: string | undefined
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
  if (!isEnvironment(given)) {
    // Each variable once, though two rules of it may be broken.
    const expected = new Map(
      isEnvironment.errors?.map(({ instancePath, parentSchema }) => [
        instancePath.slice(1),
        parentSchema.description
      ])
    )
    throw new ConfigError([...expected].map(([name, what]) => `${name} must be ${what}`).join('; '))
  }
  const env: Environment = given
  return {
    port: Number(env.PORT),
    host: env.HOST,
    logLevel: env.LOG_LEVEL,
    logFormat: env.LOG_FORMAT ?? (isTerminal ? 'pretty' : 'mozlog'),
    versionFile: env.VERSION_FILE,
    databaseUrl: env.DATABASE_URL,
    redisUrl: env.REDIS_URL,
    drainDelay: Number(env.DRAIN_DELAY),
    notificationsDir: env.NOTIFICATIONS_DIR,
    errorToken: env.ERROR_TOKEN
  }
}
