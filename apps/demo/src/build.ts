import { dockerflowServerOptions } from '@dockerflow/all'
import Fastify from 'fastify'
import fp from 'fastify-plugin'
import app from './app.ts'
import { openBackingServices } from './backing-services.ts'
import type { Config } from './config.ts'

/** The app with its backing services, before it listens. */
export async function build(config: Config) {
  const services = await openBackingServices(config.databaseUrl, config.redisUrl)
  // For people alone: machines don't pay for loading it.
  const stream =
    config.logFormat === 'pretty' ? (await import('@dockerflow/mozlog/pretty')).mozlogPretty() : undefined
  const fastify = Fastify(
    dockerflowServerOptions({
      logger: 'demo',
      level: config.logLevel,
      stream,
      // No route takes a body: what 10,000 clients send and never finish must fit into memory.
      bodyLimit: 1024
    })
  )
  // Without fp() the decorators, such as lbheartbeat, would be the plugin's own.
  await fastify.register(fp(app), {
    versionFile: config.versionFile,
    services,
    errorToken: config.errorToken
  })
  return fastify
}
