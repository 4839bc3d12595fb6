import { Socket } from 'node:net'
import { hasMembers } from '@dockerflow/kit/options'
import { defineCheck } from './lib/define-check.ts'
import { perRun } from './lib/per-run.ts'

/** A transporter of `nodemailer` that sends by SMTP, pooled or not, as far as the check uses it. */
export interface SmtpTransporter {
  readonly transporter: { readonly name: string }
  verify(): Promise<unknown>
}

type GetSocket = (options: object, callback: (err: unknown, found?: Found) => void) => void
type Found = { connection?: { destroy(): void } }
interface Transport {
  /** Of a pool of connections. */
  readonly _closed?: boolean
  readonly options: object
  readonly getSocket: GetSocket
  verify(): Promise<true>
}
interface Internals {
  readonly transporter: Transport
  /** Connects by a proxy. The transporter hands it to its transport when it is first used. */
  readonly getSocket?: GetSocket | false
}

/**
 * A check of an SMTP server: connects, greets, starts TLS and logs in as the transporter would, and leaves.
 * Throws DOCKERFLOW_CHECKS_INVALID_CLIENT or DOCKERFLOW_CHECKS_INVALID_OPTION.
 */
export const smtpCheck = defineCheck<SmtpTransporter>({
  name: 'smtpCheck',
  client: {
    accepts: (value) =>
      hasMembers(value) && hasMembers(value.transporter) && /^SMTP/.test(String(value.transporter.name)),
    expected: 'a transporter of nodemailer that sends by SMTP'
  },
  options: {},
  closed: (app) => () => (app as unknown as Internals).transporter._closed === true,
  build(app) {
    const { transporter: transport } = app as unknown as Internals
    return perRun(async (signal, atEnd) => {
      const { getSocket } = app as unknown as Internals
      const connect = getSocket || transport.getSocket
      // The app's transport, but for the socket: that one is ours to destroy.
      const own: Transport = Object.create(transport, {
        options: { value: { ...transport.options, socket: new Socket({ signal }) } },
        getSocket: {
          value: ((options, callback) =>
            connect.call(transport, options, (err, found) => {
              const { connection } = found ?? {}
              if (connection) atEnd(() => connection.destroy())
              callback(err, found)
            })) satisfies GetSocket
        }
      })
      await own.verify()
    })
  }
})
