import { join } from 'node:path'
import dockerflow, { dockerflowServerOptions } from '@dockerflow/all'
import fastifyStatic from '@fastify/static'
import Fastify from 'fastify'
import type { Config } from './config.ts'
import { openDatabase } from './database.ts' //? database
import greetings from './greetings.ts'
import { openRedis } from './redis.ts' //? redis

/** The whole service. Tests give it a stream, and so have the logger of production. */
export async function build(config: Config, stream?: { write(line: string): void }) {
  const app = Fastify(dockerflowServerOptions({ logger: 'my-service', level: config.LOG_LEVEL, stream }))
  await app.register(dockerflow, { version: { path: config.VERSION_FILE } })

  const database = openDatabase(config.DATABASE_FILE) //? sqlite
  //? server: const database = openDatabase(config.DATABASE_URL)
  app.heartbeat.addCheck('database', database.check) //? database
  app.addHook('onClose', database.close) //? database

  const redis = openRedis(config.REDIS_URL) //? redis
  app.heartbeat.addCheck('redis', redis.check) //? redis
  app.addHook('onClose', redis.close) //? redis

  await app.register(fastifyStatic, { root: join(import.meta.dirname, '../public') })
  await app.register(greetings, { database }) //? database
  //? none: await app.register(greetings)
  return app
}
