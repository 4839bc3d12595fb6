import { test } from 'tap'
import { ConfigError, readConfig } from '../src/config.ts'

function refusal(environment: NodeJS.ProcessEnv): string {
  try {
    readConfig(environment, false)
  } catch (err) {
    if (err instanceof ConfigError) return err.message
    throw err
  }
  return 'nothing was refused'
}

test('an empty environment gives the defaults', async (t) => {
  t.strictSame(readConfig({}, false), {
    port: 8000,
    host: '127.0.0.1',
    logLevel: 'info',
    logFormat: 'mozlog',
    versionFile: '/app/version.json',
    databaseUrl: 'sqlite:data/demo.db',
    redisUrl: undefined,
    drainDelay: 0,
    notificationsDir: undefined,
    errorToken: undefined
  })
})

test('on a terminal the log is for people, unless they say otherwise', async (t) => {
  t.equal(readConfig({}, true).logFormat, 'pretty')
  t.equal(readConfig({ LOG_FORMAT: 'mozlog' }, true).logFormat, 'mozlog')
})

test('a blank variable counts as unset', async (t) => {
  t.equal(readConfig({ PORT: '' }, false).port, 8000)
})

test('variables that the demo does not know are left alone', async (t) => {
  t.notOk('PATH' in readConfig({ PATH: '/bin' }, false))
})

test('every variable is read', async (t) => {
  const config = readConfig(
    {
      PORT: '0',
      HOST: '::',
      LOG_LEVEL: 'trace',
      LOG_FORMAT: 'pretty',
      VERSION_FILE: 'version.json',
      DATABASE_URL: 'postgresql://demo:s%40crt@db.internal:6432/demo?sslmode=require',
      REDIS_URL: 'rediss://:s%40crt@cache.internal/1',
      DRAIN_DELAY: '5000',
      NOTIFICATIONS_DIR: '/mnt/notifications',
      ERROR_TOKEN: 'a-token'
    },
    false
  )
  t.match(config, {
    port: 0,
    host: '::',
    logLevel: 'trace',
    logFormat: 'pretty',
    drainDelay: 5000,
    notificationsDir: '/mnt/notifications',
    errorToken: 'a-token'
  })
  t.match(config.databaseUrl, 's%40crt')
  t.match(config.redisUrl, 's%40crt')
})

test('a PORT that is no port is refused', async (t) => {
  for (const PORT of ['http', '-1', '65536', '80.5', '0x50', '8e3', ' 80', '99999999']) {
    t.equal(refusal({ PORT }), 'PORT must be a port number from 0 to 65535', PORT)
  }
})

test('an unknown LOG_LEVEL or LOG_FORMAT is refused', async (t) => {
  t.equal(
    refusal({ LOG_LEVEL: 'loud' }),
    'LOG_LEVEL must be one of trace, debug, info, warn, error, fatal, silent'
  )
  t.equal(refusal({ LOG_FORMAT: 'xml' }), 'LOG_FORMAT must be one of mozlog, pretty')
})

test('PostgreSQL may be reached by a socket, which pg and Cloud SQL write in two ways', async (t) => {
  const urls = [
    'postgres://demo:canary-4711@/demo?host=/cloudsql/project:region:name',
    'postgres:///demo?host=/run/pg'
  ]
  for (const DATABASE_URL of urls) t.equal(readConfig({ DATABASE_URL }, false).databaseUrl, DATABASE_URL)
})

test('a malformed DATABASE_URL is refused, and its password is not told', async (t) => {
  const malformed = [
    'demo.db',
    'sqlite:',
    'postgres://',
    'postgres://demo:canary-4711@',
    'postgres://demo:canary-4711@/demo',
    'postgres://demo:canary-4711@host:port/demo',
    'postgres://demo:canary-4711%zz@host/demo',
    'mysql://demo:canary-4711@host/demo',
    'postgres//demo:canary-4711@host/demo'
  ]
  for (const DATABASE_URL of malformed) {
    t.equal(
      refusal({ DATABASE_URL }),
      'DATABASE_URL must be a URL such as sqlite:data/demo.db or postgres://user:password@host:5432/database',
      DATABASE_URL
    )
  }
})

test('a malformed REDIS_URL is refused, and its password is not told', async (t) => {
  for (const REDIS_URL of [
    'cache:6379',
    'http://:canary-4711@cache',
    'redis://:canary-4711@',
    'redis://:canary%zz@h'
  ]) {
    t.equal(refusal({ REDIS_URL }), 'REDIS_URL must be a URL such as redis://user:password@host:6379/0')
  }
})

test('a port of statsd that is none, by either name, is refused', async (t) => {
  for (const name of ['STATSD_PORT', 'STATD_PORT']) {
    for (const port of ['0', '65536', 'statsd']) {
      t.equal(refusal({ [name]: port }), `${name} must be a port number from 1 to 65535`)
    }
  }
})

test('a token that no header can carry is refused, and not told', async (t) => {
  t.equal(refusal({ ERROR_TOKEN: 'canary 4711' }), 'ERROR_TOKEN must be visible ASCII characters')
})

test('every wrong variable is named, in one line', async (t) => {
  const message = refusal({ PORT: 'http', LOG_LEVEL: 'loud', DATABASE_URL: 'x', DRAIN_DELAY: '-1' })
  t.equal(message.split('; ').length, 4)
  t.notMatch(message, '\n')
  for (const name of ['PORT', 'LOG_LEVEL', 'DATABASE_URL', 'DRAIN_DELAY']) t.match(message, `${name} must be`)
})
