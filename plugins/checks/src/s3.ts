import { Agent as SecureAgent } from 'node:https'
import type { CheckOptions, HeartbeatCheckObject } from '@dockerflow/heartbeat'
import { hasMembers, type Rule } from '@dockerflow/kit/options'
import { defineCheck } from './lib/define-check.ts'
import { DOCKERFLOW_CHECKS_INVALID_OPTION } from './lib/errors.ts'
import { perRun } from './lib/per-run.ts'

// An import of node:http would load Node's fetch and WebSocket.
const { Agent: PlainAgent } = process.getBuiltinModule('node:http')

/** An `S3Client` of `@aws-sdk/client-s3`, as far as the check uses it. */
export interface S3Client {
  readonly config: { readonly requestHandler: object }
  // biome-ignore lint/suspicious/noExplicitAny: commands are generic, and only the client knows them
  send(command: any, options: { abortSignal: AbortSignal }): Promise<unknown>
}

/** The options of `s3Check`, beside the engine's. */
export interface S3CheckOptions extends CheckOptions {
  /** What is asked: `new HeadBucketCommand({ Bucket })`, or another command that only reads. */
  command: object
}

// The SDK's handler of requests, NodeHttpHandler, whose configuration comes late.
interface Handler {
  readonly configProvider: Promise<HandlerConfig>
}
interface HandlerConfig {
  httpAgent?: object
  httpsAgent?: object
}

const isHandler = (value: unknown): value is Handler =>
  hasMembers(value) && typeof value.handle === 'function' && value.configProvider instanceof Promise

const command: Rule = {
  accepts: (value) => hasMembers(value) && typeof value.resolveMiddleware === 'function',
  expected: 'a command of @aws-sdk/client-s3'
}

/**
 * A check of a bucket of S3, or of what speaks its protocol. The request is signed and sent as the client does
 * it, but on a connection of its own; a proxy's agent, which can't be copied, is shared.
 * Throws DOCKERFLOW_CHECKS_INVALID_CLIENT or DOCKERFLOW_CHECKS_INVALID_OPTION.
 */
export const s3Check: (client: S3Client, options: S3CheckOptions) => HeartbeatCheckObject = defineCheck<
  S3Client,
  S3CheckOptions
>({
  name: 's3Check',
  client: {
    accepts: (value) =>
      hasMembers(value) &&
      typeof value.send === 'function' &&
      hasMembers(value.config) &&
      isHandler(value.config.requestHandler),
    expected: 'an S3Client of @aws-sdk/client-s3'
  },
  options: { command },
  build(app, { command: asked }) {
    if (asked === undefined) {
      throw new DOCKERFLOW_CHECKS_INVALID_OPTION('command', 's3Check', `must be ${command.expected}`)
    }
    return perRun(async (signal) => {
      const { config } = app
      const handler = config.requestHandler as Handler
      const requestHandler = withOwnAgents(handler, await handler.configProvider)
      const own: S3Client = Object.create(app, { config: { value: { ...config, requestHandler } } })
      await own.send(asked, { abortSignal: signal })
    })
  }
})

function withOwnAgents(handler: Handler, config: HandlerConfig): object {
  const { httpAgent = new PlainAgent(), httpsAgent = new SecureAgent() } = config
  const NodeHttpHandler = handler.constructor as new (config: HandlerConfig) => object
  return new NodeHttpHandler({
    ...config,
    httpAgent: ownAgent(httpAgent, PlainAgent),
    httpsAgent: ownAgent(httpsAgent, SecureAgent)
  })
}

/** An agent with the settings of the app's, such as a certificate authority, and no sockets kept. */
function ownAgent(agent: object, Type: new (options: object) => object): object {
  if (agent.constructor !== Type) return agent
  return new Type({ ...(agent as { options?: object }).options, keepAlive: false })
}
