import { once } from 'node:events'
import { connect, type NetConnectOpts, type Socket } from 'node:net'
import type { CheckOptions } from '@dockerflow/heartbeat'
import { text } from '@dockerflow/kit/options'
import { defineCheck } from './lib/define-check.ts'
import { failure } from './lib/failure.ts'
import { perRun } from './lib/per-run.ts'
import { hasAddress } from './lib/socket.ts'

/** The options of `tcpCheck`, beside the engine's. */
export interface TcpCheckOptions extends CheckOptions {
  /**
   * What to send when connected.
   * @default nothing
   */
  send?: string | undefined
  /**
   * What the server must then send first. Without it a server that hangs is well as long as its kernel accepts
   * connections.
   * @default nothing
   */
  expect?: string | undefined
}

/**
 * A check of anything that listens: connects, and disconnects. Takes what `net.connect()` takes, such as
 * `{ host, port }`. Fails with the code `UNEXPECTED_REPLY` when the reply isn't the one that was expected.
 * Throws DOCKERFLOW_CHECKS_INVALID_CLIENT or DOCKERFLOW_CHECKS_INVALID_OPTION.
 */
export const tcpCheck = defineCheck<NetConnectOpts, TcpCheckOptions>({
  name: 'tcpCheck',
  client: hasAddress,
  options: { send: text, expect: text },
  build(address, { send, expect }) {
    return perRun(async (signal) => {
      const socket = connect({ ...address, signal })
      // `once` rejects with the first error; one that comes later, such as the abort's, must not be unhandled
      socket.on('error', () => {})
      try {
        await once(socket, 'connect')
        if (send !== undefined) socket.write(send)
        if (expect !== undefined) await starts(socket, Buffer.from(expect))
      } finally {
        socket.destroy()
      }
    })
  }
})

/** Resolves when the socket's first bytes are these. */
async function starts(socket: Socket, expected: Buffer): Promise<void> {
  let reply = Buffer.alloc(0)
  for await (const chunk of socket) {
    reply = Buffer.concat([reply, chunk]).subarray(0, expected.length)
    if (!expected.subarray(0, reply.length).equals(reply)) break
    if (reply.length === expected.length) return
  }
  throw failure('UNEXPECTED_REPLY', 'the reply is not the one that was expected')
}
