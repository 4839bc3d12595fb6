import { hasMembers } from '@dockerflow/kit/options'
import { defineCheck } from './lib/define-check.ts'
import { failure } from './lib/failure.ts'
import { oneQuestion } from './lib/one-question.ts'

/** A connection of `@nats-io/transport-node`, or of `nats`, as far as the check uses it. */
export interface NatsConnection {
  isClosed(): boolean
  rtt(): Promise<number>
}

/**
 * A check of NATS: a PING on the app's connection, which shows whether the app itself is connected. Fails with the
 * code `NATS_DISCONNECTED` while the client reconnects.
 * Throws DOCKERFLOW_CHECKS_INVALID_CLIENT or DOCKERFLOW_CHECKS_INVALID_OPTION.
 */
export const natsCheck = defineCheck<NatsConnection>({
  name: 'natsCheck',
  client: {
    accepts: (value) =>
      hasMembers(value) && typeof value.rtt === 'function' && typeof value.isClosed === 'function',
    expected: 'a connection of @nats-io/transport-node'
  },
  options: {},
  closed: (connection) => () => connection.isClosed(),
  build(connection) {
    // Each call of rtt() on a connection that hangs would leave one more answer to be waited for.
    const ask = oneQuestion((connection: NatsConnection) => connection.rtt())
    return async ({ signal }) => {
      try {
        await ask(connection, signal)
      } catch (err) {
        if (signal.aborted) throw err
        throw failure('NATS_DISCONNECTED', 'the connection is down', err)
      }
    }
  }
})
