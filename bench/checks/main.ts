import { mysqlCheck } from '@dockerflow/checks/mysql'
import { postgresCheck } from '@dockerflow/checks/postgres'
import { redisCheck } from '@dockerflow/checks/redis'
import type { HeartbeatCheckObject } from '@dockerflow/heartbeat'
import { MariadbServer, withoutMariadb } from '@dockerflow/testing/mariadb'
import { PostgresServer, withoutPostgres } from '@dockerflow/testing/postgres'
import { RedisServer, withoutRedis } from '@dockerflow/testing/redis'
import { Redis } from 'ioredis'
import mysql from 'mysql2/promise'
import pg from 'pg'
import { createClient } from 'redis'

// npm run bench -- checks
// One probe, next to the same round trip made by hand with the same client: on a connection that is kept, and on a
// new one for each round trip. The kinds take turns, so that what else the machine does meets all of them alike.

const rounds = 15
const perRound = 40

interface Subject {
  name: string
  check: HeartbeatCheckObject
  /** The same round trip on a connection that stays. */
  kept(): Promise<unknown>
  /** The same round trip on a connection of its own. */
  fresh(): Promise<unknown>
  end(): unknown
}

const missing = [withoutPostgres(), withoutMariadb(), withoutRedis()].filter(Boolean)
if (missing.length > 0) {
  process.stderr.write(`bench checks needs real servers: ${missing.join('; ')}\n`)
  process.exit(2)
}
const [postgres, mariadb, redis] = await Promise.all([
  PostgresServer.create(),
  MariadbServer.create(),
  RedisServer.create()
])

async function withPg(): Promise<Subject> {
  const config = { connectionString: postgres.url }
  const pool = new pg.Pool(config)
  const client = new pg.Client(config)
  await client.connect()
  const sql = 'SET LOCAL statement_timeout = 2000; SELECT pg_is_in_recovery() AS recovery; '
  return {
    name: 'postgres, `pg`',
    check: postgresCheck(pool),
    kept: () => client.query(sql),
    async fresh() {
      const client = new pg.Client(config)
      await client.connect()
      await client.query(sql)
      await client.end()
    },
    end: () => Promise.all([client.end(), pool.end()])
  }
}

async function withMysql2(): Promise<Subject> {
  const { port, password } = { port: mariadb.port, password: 'a-password' }
  const config = { host: '127.0.0.1', port, user: 'demo', password }
  const question = 'SELECT CONCAT(@@global.read_only, @@global.innodb_read_only)'
  const pool = mysql.createPool(config)
  const connection = await mysql.createConnection(config)
  return {
    name: 'mysql, `mysql2`',
    check: mysqlCheck(pool),
    kept: () => connection.query(question),
    async fresh() {
      const connection = await mysql.createConnection(config)
      await connection.query(question)
      await connection.end()
    },
    end: () => Promise.all([connection.end(), pool.end()])
  }
}

async function withIoredis(): Promise<Subject> {
  const options = { port: redis.port, password: 'a-password', lazyConnect: true }
  const app = new Redis(options)
  const client = new Redis(options)
  await client.connect()
  const ask = async (client: Redis) => {
    await client.ping()
    await client.call('ROLE')
  }
  return {
    name: 'redis, `ioredis`',
    check: redisCheck(app),
    kept: () => ask(client),
    async fresh() {
      const client = new Redis(options)
      await client.connect()
      await ask(client)
      client.disconnect()
    },
    end: () => [client.disconnect(), app.disconnect()]
  }
}

async function withNodeRedis(): Promise<Subject> {
  const options = { socket: { port: redis.port }, password: 'a-password' }
  const app = createClient(options)
  const client = createClient(options)
  await client.connect()
  return {
    name: 'redis, `redis`',
    check: redisCheck(app),
    async kept() {
      await client.ping()
      await client.sendCommand(['ROLE'])
    },
    async fresh() {
      const client = createClient(options)
      await client.connect()
      await client.ping()
      await client.sendCommand(['ROLE'])
      client.destroy()
    },
    end: () => client.destroy()
  }
}

/** The time of one call, in µs. */
async function time(call: () => unknown): Promise<number> {
  const start = performance.now()
  for (let i = 0; i < perRound; i++) await call()
  return ((performance.now() - start) * 1000) / perRound
}

const sorted = (values: number[]) => values.toSorted((one, other) => one - other)
const median = (values: number[]) => sorted(values)[Math.floor(values.length / 2)] as number
const ratio = (values: number[], base: number[]) => {
  const ratios = sorted(values.map((value, i) => value / (base[i] as number)))
  const at = (part: number) => (ratios[Math.floor((ratios.length - 1) * part)] as number).toFixed(2)
  return `${at(0.5)} (${at(0.1)}–${at(0.9)})`
}

try {
  const lines = [
    '| | by hand, kept | probe / by hand, kept | by hand, new connection / by hand, kept |',
    '| --- | --- | --- | --- |'
  ]
  for (const make of [withPg, withMysql2, withIoredis, withNodeRedis]) {
    const { name, check, kept, fresh, end } = await make()
    const { signal } = new AbortController()
    const probe = async () => {
      await check.connect?.({ signal })
      await check.run({ signal })
    }
    const times = { kept: [] as number[], probe: [] as number[], fresh: [] as number[] }
    for (let round = -2; round < rounds; round++) {
      const [one, two, three] = [await time(kept), await time(probe), await time(fresh)]
      if (round < 0) continue // to warm up
      times.kept.push(one)
      times.probe.push(two)
      times.fresh.push(three)
    }
    lines.push(
      `| ${name} | ${median(times.kept).toFixed(0)} µs | ${ratio(times.probe, times.kept)} | ${ratio(times.fresh, times.kept)} |`
    )
    await check.close?.()
    await end()
  }
  process.stdout.write(`${lines.join('\n')}\n`)
} finally {
  await Promise.all([postgres.remove(), mariadb.remove(), redis.remove()])
}
