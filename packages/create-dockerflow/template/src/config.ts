import { tmpdir } from 'node:os' //? sqlite
import { join } from 'node:path' //? sqlite
import { type Static, Type } from '@fastify/type-provider-typebox'
import envSchema from 'env-schema'

const Environment = Type.Object({
  DATABASE_FILE: Type.String({ default: join(tmpdir(), 'my-service.db') }), //? sqlite
  //? server: DATABASE_URL: Type.String({ minLength: 1 }),
  REDIS_URL: Type.String({ default: 'redis://localhost:6379' }), //? redis
  LOG_LEVEL: Type.String({ default: 'info' }),
  VERSION_FILE: Type.String({ default: '/app/version.json' })
})

export type Config = Static<typeof Environment>

/** The configuration, from environment variables alone. A wrong one throws an error that names it. */
export function readConfig(data: NodeJS.ProcessEnv = process.env): Config {
  return envSchema<Config>({ schema: Environment, data, env: false })
}
