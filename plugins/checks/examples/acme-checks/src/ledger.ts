import { once } from 'node:events'
import { connect, type Socket } from 'node:net'
import { defineCheck, keepConnection, positive } from '@dockerflow/checks'
import type { CheckOptions } from '@dockerflow/heartbeat'

/** What the app is connected to. */
export interface Ledger {
  readonly host: string
  readonly port: number
}

/** The options of `ledgerCheck`, beside the engine's. */
export interface LedgerCheckOptions extends CheckOptions {
  /**
   * The number of waiting bookings from which on there is a warning.
   * @default 1000
   */
  maxWaiting?: number
}

/** A check of the ledger, which answers `WAITING\n` with the number of bookings that wait. */
export const ledgerCheck = defineCheck<Ledger, LedgerCheckOptions>({
  name: 'ledgerCheck',
  client: {
    accepts: (value) =>
      typeof (value as Ledger)?.host === 'string' && typeof (value as Ledger).port === 'number',
    expected: 'a Ledger'
  },
  options: { maxWaiting: positive },
  build({ host, port }, { maxWaiting = 1000 }) {
    return keepConnection((lost) => {
      let socket: Socket | undefined
      return {
        async open() {
          socket = connect(port, host).on('close', lost)
          await once(socket, 'connect')
          socket.on('error', lost)
        },
        async ask() {
          socket?.write('WAITING\n')
          const [reply] = await once(socket as Socket, 'data')
          const waiting = Number(reply)
          if (!Number.isInteger(waiting)) throw new Error('the ledger answered with no number')
          return waiting < maxWaiting
            ? []
            : [{ level: 30, id: 'acme.ledger.W001', message: 'too many bookings wait' }]
        },
        destroy() {
          socket?.destroy()
        }
      }
    })
  }
})
