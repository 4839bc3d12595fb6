import { dockerflowServerOptions, serve } from '@dockerflow/all'
import Fastify from 'fastify'
import fp from 'fastify-plugin'
import app from './app.ts'
import { openBackingServices } from './backing-services.ts'
import { ConfigError, readConfig } from './config.ts'

try {
  const config = readConfig(process.env, process.stdout.isTTY)
  // For people alone: machines don't pay for loading it.
  const stream =
    config.logFormat === 'pretty' ? (await import('@dockerflow/mozlog/pretty')).mozlogPretty() : undefined
  const fastify = Fastify(dockerflowServerOptions({ logger: 'demo', level: config.logLevel, stream }))
  const services = await openBackingServices(config.databaseUrl, config.redisUrl)
  // Without fp() the decorators, such as lbheartbeat, would be the plugin's own.
  await fastify.register(fp(app), {
    versionFile: config.versionFile,
    services,
    errorToken: config.errorToken
  })
  await serve(fastify, { port: config.port, host: config.host, drainDelay: config.drainDelay })
} catch (err) {
  // What can be mended from outside, such as a wrong version file, is one line. Anything else shows its stack.
  const { code, message } = err as Error & { code?: string }
  if (!(err instanceof ConfigError) && !code?.startsWith('DOCKERFLOW_')) throw err
  process.stderr.write(`${message}\n`)
  process.exitCode = 1
}
