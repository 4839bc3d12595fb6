import { hasMembers } from '@dockerflow/kit/options'
import { defineCheck } from './lib/define-check.ts'
import { DOCKERFLOW_CHECKS_INVALID_CLIENT } from './lib/errors.ts'
import { failure } from './lib/failure.ts'
import { message } from './lib/messages.ts'
import { oneQuestion } from './lib/one-question.ts'

/** A connection of `amqplib`, as far as the check uses it. */
export interface AmqpConnection {
  createChannel(): Promise<{
    close(): Promise<void>
    on(event: 'error' | 'close', listener: () => void): unknown
  }>
  on(event: 'blocked' | 'unblocked', listener: () => void): unknown
  off(event: 'blocked' | 'unblocked', listener: () => void): unknown
}

/** The app's connection, or where the app makes a new one after a loss, a function that returns the present one. */
export type AmqpConnectionSource = AmqpConnection | (() => AmqpConnection | undefined)

const blockedMessage = message('W', '014', 'the broker takes no messages from this connection')

const isConnection = (value: unknown): value is AmqpConnection =>
  hasMembers(value) && typeof value.createChannel === 'function' && typeof value.on === 'function'

/** A connection of amqplib never connects again. */
const isClosed = (connection: AmqpConnection): boolean => {
  const { connection: inner } = connection as { connection?: { expectSocketClose?: boolean } }
  return inner?.expectSocketClose === true
}

const noConnection = () => failure('AMQP_NO_CONNECTION', 'there is no connection')

const expected = 'a connection of amqplib, or a function that returns it'

/**
 * A check of an AMQP 0-9-1 broker such as RabbitMQ: a channel opened and closed on the app's connection, with a
 * warning while the broker blocks that connection for want of memory or disk. Fails with the code
 * `AMQP_NO_CONNECTION` while a function returns none, or one that is closed.
 * Throws DOCKERFLOW_CHECKS_INVALID_CLIENT or DOCKERFLOW_CHECKS_INVALID_OPTION.
 */
export const amqpCheck = defineCheck<AmqpConnectionSource>({
  name: 'amqpCheck',
  client: {
    accepts: (value) => isConnection(value) || (typeof value === 'function' && value.length === 0),
    expected
  },
  options: {},
  // A function is asked for the present connection, and knows when there is none.
  closed: (source) => () => typeof source !== 'function' && isClosed(source),
  build(source) {
    let watched: AmqpConnection | undefined
    let blocked = false
    let stop = () => {}
    const block = () => {
      blocked = true
      stop()
    }
    const unblock = () => {
      blocked = false
    }
    const watch = (connection?: AmqpConnection) => {
      if (connection === watched) return
      watched?.off('blocked', block)
      watched?.off('unblocked', unblock)
      connection?.on('blocked', block)
      connection?.on('unblocked', unblock)
      watched = connection
      unblock()
    }
    const present = () => {
      const connection = typeof source === 'function' ? source() : source
      // A promise would be one of a new connection, at each run.
      if (connection !== undefined && !isConnection(connection)) {
        throw new DOCKERFLOW_CHECKS_INVALID_CLIENT('amqpCheck', expected)
      }
      watch(connection)
      return connection
    }
    present()

    const ask = oneQuestion(async (connection: AmqpConnection) => {
      const channel = await connection.createChannel()
      // The channel fails together with the connection, which is the app's to handle.
      channel.on('error', () => {})
      const closed = new Promise<void>((resolve) => channel.on('close', resolve))
      // `close()` never settles where the connection is lost before the broker's answer; the event comes either way.
      await Promise.race([channel.close(), closed])
      if (isClosed(connection)) throw noConnection()
    })
    return {
      async run({ signal }) {
        const connection = present()
        if (connection === undefined || isClosed(connection)) throw noConnection()
        // The broker reads nothing more from a connection that it blocks, so there is no answer to wait for.
        const { promise: blocking, resolve } = Promise.withResolvers<void>()
        stop = resolve
        if (!blocked) await Promise.race([ask(connection, signal), blocking])
        if (blocked) return blockedMessage
      },
      close: () => watch(undefined)
    }
  }
})
