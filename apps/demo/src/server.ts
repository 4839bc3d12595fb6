import { dockerflowServerOptions, serve } from '@dockerflow/all'
import Fastify from 'fastify'
import fp from 'fastify-plugin'
import app from './app.ts'
import { ConfigError, readConfig } from './config.ts'
import { openDatabase } from './database.ts'

try {
  const config = readConfig(process.env, process.stdout.isTTY)
  // For people alone: machines don't pay for loading it.
  const stream =
    config.logFormat === 'pretty' ? (await import('@dockerflow/mozlog/pretty')).mozlogPretty() : undefined
  const fastify = Fastify(dockerflowServerOptions({ logger: 'demo', level: config.logLevel, stream }))
  const database = await openDatabase(config.databaseUrl)
  // Without fp() the decorators, such as lbheartbeat, would be the plugin's own.
  await fastify.register(fp(app), {
    versionFile: config.versionFile,
    database,
    errorToken: config.errorToken
  })
  await serve(fastify, { port: config.port, host: config.host, drainDelay: config.drainDelay })
} catch (err) {
  if (!(err instanceof ConfigError)) throw err
  process.stderr.write(`${err.message}\n`)
  process.exitCode = 1
}
