/** How a dependency that connects to something is found and checked. */
export interface Driver {
  /** The check's name, and what `--warn` names. */
  label: string
  /** The subpath of `@dockerflow/checks`, and its factory. */
  subpath: string
  factory: string
  /** The decorator that a plugin of Fastify's adds, such as `pg.pool`. */
  decorator?: string
  /** What makes the client. */
  client?: RegExp
  /** What the factory is called with, where it isn't the client. */
  argument?: string
  /** The service in compose.yaml. */
  service?: 'postgres' | 'mysql' | 'redis'
}

const postgres = {
  label: 'database',
  subpath: 'postgres',
  factory: 'postgresCheck',
  service: 'postgres'
} as const
const mysql = { label: 'database', subpath: 'mysql', factory: 'mysqlCheck', service: 'mysql' } as const
const redis = { label: 'redis', subpath: 'redis', factory: 'redisCheck', service: 'redis' } as const
const mongodb = { label: 'mongodb', subpath: 'mongodb', factory: 'mongodbCheck' } as const

/** By the package's name. What a plugin of Fastify's decorates comes first: it is certain. */
export const drivers: Record<string, Driver> = {
  '@fastify/postgres': { ...postgres, decorator: 'pg.pool' },
  '@fastify/mysql': { ...mysql, decorator: 'mysql.pool' },
  '@fastify/redis': { ...redis, decorator: 'redis' },
  '@fastify/mongodb': { ...mongodb, decorator: 'mongo.client' },
  pg: { ...postgres, client: /new (?:\w+\.)?Pool\(/ },
  postgres: { ...postgres, argument: 'sql, { driver: postgres }' },
  mysql2: { ...mysql, client: /(?:\w+\.)?createPool\(/ },
  ioredis: { ...redis, client: /new (?:IO)?Redis\(/ },
  redis: { ...redis, client: /(?:\w+\.)?createClient\(/ },
  mongodb: { ...mongodb, client: /new MongoClient\(/ },
  'better-sqlite3': {
    label: 'database',
    subpath: 'sqlite',
    factory: 'sqliteCheck',
    client: /new (?:Database|Sqlite)\(/
  },
  amqplib: { label: 'amqp', subpath: 'amqp', factory: 'amqpCheck', argument: '() => connection' },
  kafkajs: {
    label: 'kafka',
    subpath: 'kafka',
    factory: 'kafkaCheck',
    argument: '(overrides) => new Kafka({ ...config, ...overrides })'
  }
}

/** What a service usually works without. */
export const usuallyWarns = ['redis']
