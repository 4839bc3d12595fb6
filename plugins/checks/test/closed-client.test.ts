import { once } from 'node:events'
import { createServer } from 'node:net'
import type { HeartbeatCheckObject } from '@dockerflow/heartbeat'
import { FaultProxy } from '@dockerflow/testing/fault-proxy'
import { MariadbServer, withoutMariadb } from '@dockerflow/testing/mariadb'
import { MongodbWire } from '@dockerflow/testing/mongodb'
import { PostgresServer, withoutPostgres } from '@dockerflow/testing/postgres'
import { RabbitmqServer, withoutRabbitmq } from '@dockerflow/testing/rabbitmq'
import { RedisServer, withoutRedis } from '@dockerflow/testing/redis'
import { credentials, Client as GrpcClient } from '@grpc/grpc-js'
import { connect as connectAmqp } from 'amqplib'
import { Redis } from 'ioredis'
import mariadb from 'mariadb'
import { MongoClient } from 'mongodb'
import mqtt from 'mqtt'
import mysql from 'mysql2'
import { createTransport } from 'nodemailer'
import pg from 'pg'
import { createClient, createClientPool } from 'redis'
import { type Test, test } from 'tap'
import { amqpCheck } from '../src/amqp.ts'
import { grpcCheck } from '../src/grpc.ts'
import { mongodbCheck } from '../src/mongodb.ts'
import { mqttCheck } from '../src/mqtt.ts'
import { mysqlCheck } from '../src/mysql.ts'
import { postgresCheck } from '../src/postgres.ts'
import { redisCheck } from '../src/redis.ts'
import { smtpCheck } from '../src/smtp.ts'
import { canary, clientClosed, drive, ok, until } from './drive.ts'
import { shared } from './suite.ts'

const host = '127.0.0.1'
const ignore = () => {}
const mariadbServer = shared(() => MariadbServer.create(canary))
const postgres = shared(() => PostgresServer.create(canary))
const redis = shared(() => RedisServer.create(canary))

/** Resolves with the event, whatever errors come before. */
const event = (client: { once(name: never, listener: () => void): unknown }, name: string) =>
  new Promise<void>((resolve) => client.once(name as never, resolve))

async function isClosed(t: Test, check: HeartbeatCheckObject, what: string): Promise<void> {
  t.strictSame((await drive(check)).messages, [clientClosed], what)
  await check.close?.()
}

/** A proxy before a server, which cuts what is open and takes nothing more, until the test lets it pass. */
async function proxied(t: Test, { port }: { port: number }): Promise<FaultProxy> {
  const proxy = await FaultProxy.create(port)
  t.teardown(() => proxy.close())
  return proxy
}

test('pg: an ended pool, an ended client, and a client that was cut', {
  skip: withoutPostgres()
}, async (t) => {
  const proxy = await proxied(t, await postgres())
  const config = { host, port: proxy.port, user: 'demo', password: canary, database: 'postgres' }
  const pool = new pg.Pool(config)
  const ended = postgresCheck(pool)
  t.ok(ok(await drive(ended)))
  const { open } = proxy
  await pool.end()
  await isClosed(t, ended, 'an ended pool')
  await until(() => proxy.open < open, "the check's own connection serves nobody")

  for (const end of ['end', 'cut']) {
    const client = new pg.Client(config)
    client.on('error', ignore)
    const check = postgresCheck(client)
    t.ok(ok(await drive(check)), 'one that is not yet connected is not closed')
    await client.connect()
    t.ok(ok(await drive(check)))
    if (end === 'end') await client.end()
    else {
      const cut = event(client, 'end')
      await proxy.set('reset')
      await cut
      await proxy.set('pass')
    }
    await isClosed(t, check, `a client: ${end}`)
  }
})

test('mysql2 and mariadb: ended pools, and a connection that was cut', {
  skip: withoutMariadb()
}, async (t) => {
  const proxy = await proxied(t, await mariadbServer())
  const config = { host, port: proxy.port, user: 'demo', password: canary }
  const pool = mysql.createPool(config)
  const cluster = mysql.createPoolCluster()
  cluster.add('ONE', config)
  const other = mariadb.createPool({ ...config, minimumIdle: 0 })
  const checks = [
    mysqlCheck(pool),
    mysqlCheck(cluster),
    mysqlCheck(other, { driver: mariadb, config }),
    mysqlCheck(pool, { connection: 'pool' })
  ]
  for (const check of checks) t.ok(ok(await drive(check)))
  await pool.promise().end()
  await new Promise((resolve) => cluster.end(resolve))
  await other.end()
  for (const check of checks) await isClosed(t, check, 'an ended pool')

  const connection = mysql.createConnection(config)
  connection.on('error', ignore)
  const check = mysqlCheck(connection)
  t.ok(ok(await drive(check)))
  const cut = once(connection, 'error')
  await proxy.set('reset')
  await cut
  await proxy.set('pass')
  await isClosed(t, check, 'a connection that was cut')
})

test('ioredis and redis: clients that gave up, or were closed', { skip: withoutRedis() }, async (t) => {
  const proxy = await proxied(t, await redis())
  const io = new Redis({ port: proxy.port, password: canary, retryStrategy: () => null }).on('error', ignore)
  const socket = { port: proxy.port, reconnectStrategy: false } as const
  const node = createClient({ password: canary, socket }).on('error', ignore)
  const pool = createClientPool({ password: canary, socket: { port: proxy.port } }).on('error', ignore)
  const late = createClient({ password: canary, socket }).on('error', ignore)
  const [ofIo, ofNode, ofPool, ofLate] = [io, node, pool, late].map((client) =>
    redisCheck(client, { level: 30 })
  )
  await node.connect()
  await pool.connect()
  const all = [ofIo, ofNode, ofPool, ofLate] as HeartbeatCheckObject[]
  for (const check of all) t.ok(ok(await drive(check)))
  const gone = Promise.all([event(io, 'end'), event(node, 'terminated')])
  await proxy.set('refuse')
  await gone
  await late.connect().catch(ignore)
  await pool.destroy()
  await proxy.set('pass')
  for (const check of all) {
    t.strictSame(
      (await drive(check)).messages,
      [{ ...clientClosed, level: 30 }],
      'at the level of a failed run'
    )
    await check.close?.()
  }
})

test('mongodb: a closed client, which may be connected again', async (t) => {
  const server = await MongodbWire.create(canary)
  t.teardown(() => server.remove())
  const client = new MongoClient(`mongodb://demo:${canary}@${host}:${server.port}/?authMechanism=PLAIN`)
  const check = mongodbCheck(client)
  t.ok(ok(await drive(check)))
  await client.connect()
  t.ok(ok(await drive(check)))
  await client.close()
  t.strictSame((await drive(check)).messages, [clientClosed])
  await client.connect()
  t.ok(ok(await drive(check)))
  await check.close?.()
  await client.close()
})

test('amqplib: a closed connection, given as it is', { skip: withoutRabbitmq() }, async (t) => {
  const server = await RabbitmqServer.create(canary)
  t.teardown(() => server.remove())
  const connection = await connectAmqp(server.url)
  const check = amqpCheck(connection)
  const function_ = amqpCheck(() => connection)
  t.ok(ok(await drive(check)))
  await connection.close()
  await isClosed(t, check, 'a closed connection')
  t.match((await drive(function_)).err, { code: 'AMQP_NO_CONNECTION' }, 'a function may return another later')
})

test('grpc-js, nodemailer, mqtt: clients that were closed, or do not connect again', async (t) => {
  const grpc = new GrpcClient(`${host}:1`, credentials.createInsecure())
  const ofGrpc = grpcCheck(grpc)
  grpc.close()
  await isClosed(t, ofGrpc, 'a channel that was shut down')

  const transporter = createTransport({ pool: true, host, port: 1 })
  const ofSmtp = smtpCheck(transporter)
  transporter.close()
  await isClosed(t, ofSmtp, 'a pool of SMTP connections')

  const server = createServer((socket) => socket.destroy()).listen(0, host)
  t.teardown(() => server.close())
  await once(server, 'listening')
  const { port } = server.address() as { port: number }
  const client = mqtt.connect(`mqtt://${host}:${port}`, { reconnectPeriod: 0 }).on('error', ignore)
  await event(client, 'close')
  await isClosed(t, mqttCheck(client), 'a client that was cut and does not connect again')
  client.end(true)
})
