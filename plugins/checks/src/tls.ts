import { once } from 'node:events'
import { type ConnectionOptions, connect } from 'node:tls'
import type { CheckOptions } from '@dockerflow/heartbeat'
import { positive } from '@dockerflow/kit/options'
import { defineCheck } from './lib/define-check.ts'
import { message } from './lib/messages.ts'
import { perRun } from './lib/per-run.ts'
import { hasAddress } from './lib/socket.ts'

/** The options of `tlsCheck`, beside the engine's. */
export interface TlsCheckOptions extends CheckOptions {
  /**
   * A warning is shown when the server's certificate expires within this time, in ms.
   * @default 1_209_600_000 (14 days)
   */
  warnBefore?: number | undefined
}

const days = 24 * 60 * 60 * 1000

/**
 * A check of a TLS server: a full handshake, with the certificate verified, and a warning ahead of its expiry.
 * Takes what `tls.connect()` takes, such as `{ host, port, servername }`.
 * Throws DOCKERFLOW_CHECKS_INVALID_CLIENT or DOCKERFLOW_CHECKS_INVALID_OPTION.
 */
export const tlsCheck = defineCheck<ConnectionOptions, TlsCheckOptions>({
  name: 'tlsCheck',
  client: hasAddress,
  options: { warnBefore: positive },
  build(address, { warnBefore = 14 * days }) {
    return perRun(async (_signal, atEnd) => {
      const socket = connect(address)
      socket.on('error', () => {})
      // tls.connect() takes no signal that also ends the handshake on a socket that it was given
      atEnd(() => socket.destroy())
      await once(socket, 'secureConnect')
      const left = Date.parse(socket.getPeerCertificate().valid_to) - Date.now()
      if (left > warnBefore) return
      return message('W', '010', 'the certificate expires soon')
    })
  }
})
