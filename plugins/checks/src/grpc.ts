import type { CheckOptions } from '@dockerflow/heartbeat'
import { hasMembers, type Rule } from '@dockerflow/kit/options'
import { defineCheck } from './lib/define-check.ts'
import { failure } from './lib/failure.ts'
import { perRun } from './lib/per-run.ts'

/** Any client of `@grpc/grpc-js`, as far as the check uses it. */
export interface GrpcClient {
  makeUnaryRequest(
    method: string,
    serialize: (service: string) => Buffer,
    deserialize: (reply: Buffer) => number,
    argument: string,
    callback: (err: { code: number } | null, status?: number) => void
  ): { cancel(): void }
  getChannel?(): { getConnectivityState(connect: boolean): number }
}

/** The options of `grpcCheck`, beside the engine's. */
export interface GrpcCheckOptions extends CheckOptions {
  /**
   * The service that is asked about.
   * @default '' (the server as a whole)
   */
  service?: string | undefined
}

/** The statuses of gRPC, by number, and those of grpc.health.v1. */
const codes =
  'OK CANCELLED UNKNOWN INVALID_ARGUMENT DEADLINE_EXCEEDED NOT_FOUND ALREADY_EXISTS PERMISSION_DENIED RESOURCE_EXHAUSTED FAILED_PRECONDITION ABORTED OUT_OF_RANGE UNIMPLEMENTED INTERNAL UNAVAILABLE DATA_LOSS UNAUTHENTICATED'.split(
    ' '
  )
const [unknown, serving, notServing] = [0, 1, 2]

const shutdown = 4 // of grpc-js' connectivityState

const maxService = 127
const service: Rule = {
  accepts: (value) => typeof value === 'string' && Buffer.byteLength(value) <= maxService,
  expected: `a string of at most ${maxService} bytes`
}

// grpc.health.v1 has two messages of one field each: no need of a protobuf library.
// HealthCheckRequest { string service = 1 }
const serialize = (service: string) => {
  const name = Buffer.from(service)
  return name.length === 0 ? name : Buffer.concat([Buffer.of(0x0a, name.length), name])
}
// HealthCheckResponse { ServingStatus status = 1 }
const deserialize = (reply: Buffer) => (reply[0] === 0x08 ? (reply[1] ?? unknown) : unknown)

/**
 * A check of a gRPC server by `grpc.health.v1`, over the channel of a client of the app's: it is the one thing
 * to share, since calls don't wait for each other on it. Fails with the code `GRPC_NOT_SERVING`,
 * `GRPC_UNKNOWN` or `GRPC_<status>`, such as `GRPC_UNIMPLEMENTED` where the server has no health service.
 * Throws DOCKERFLOW_CHECKS_INVALID_CLIENT or DOCKERFLOW_CHECKS_INVALID_OPTION.
 */
export const grpcCheck = defineCheck<GrpcClient, GrpcCheckOptions>({
  name: 'grpcCheck',
  client: {
    accepts: (value) => hasMembers(value) && typeof value.makeUnaryRequest === 'function',
    expected: 'a client of @grpc/grpc-js'
  },
  options: { service },
  closed: (client) => () => client.getChannel?.().getConnectivityState(false) === shutdown,
  build(client, { service = '' }) {
    return perRun(async (_signal, atEnd) => {
      const { promise, resolve, reject } = Promise.withResolvers<number>()
      const method = '/grpc.health.v1.Health/Check'
      const call = client.makeUnaryRequest(method, serialize, deserialize, service, (err, status) => {
        if (err) reject(failure(`GRPC_${codes[err.code]}`, 'the call failed', err))
        else resolve(status as number)
      })
      atEnd(() => call.cancel())
      const status = await promise
      if (status === serving) return
      const code = status === notServing ? 'GRPC_NOT_SERVING' : 'GRPC_UNKNOWN'
      throw failure(code, `the service's health status is ${status}`)
    })
  }
})
