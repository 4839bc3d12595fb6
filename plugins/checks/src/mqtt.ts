import { hasMembers } from '@dockerflow/kit/options'
import { defineCheck } from './lib/define-check.ts'
import { failure } from './lib/failure.ts'
import { oneQuestion } from './lib/one-question.ts'

/** A client of `mqtt`, as far as the check uses it. */
export interface MqttClient {
  readonly connected: boolean
  readonly disconnecting: boolean
  readonly options: { readonly reconnectPeriod?: number }
  readonly stream?: { readonly destroyed: boolean }
  sendPing(): void
  // biome-ignore lint/suspicious/noExplicitAny: the client has overloads by event, which no other type fits
  on(event: any, listener: (...args: any[]) => void): unknown
  // biome-ignore lint/suspicious/noExplicitAny: as above
  off(event: any, listener: (...args: any[]) => void): unknown
}

/** Closed by the app, or cut where the client doesn't reconnect. */
const isClosed = ({ disconnecting, connected, options, stream }: MqttClient): boolean =>
  disconnecting || (!connected && options.reconnectPeriod === 0 && stream?.destroyed === true)

/** Resolves when the server answers a ping. */
async function ping(client: MqttClient): Promise<void> {
  const { promise, resolve, reject } = Promise.withResolvers<void>()
  const answered = ({ cmd }: { cmd: string }) => {
    if (cmd === 'pingresp') resolve()
  }
  const closed = () => reject(failure('MQTT_DISCONNECTED', 'the connection ended'))
  client.on('packetreceive', answered)
  client.on('close', closed)
  try {
    client.sendPing()
    await promise
  } finally {
    client.off('packetreceive', answered)
    client.off('close', closed)
  }
}

/**
 * A check of an MQTT server: a PINGREQ on the app's connection, which shows whether the app itself is
 * connected. Fails with the code `MQTT_DISCONNECTED` while the client reconnects, and times out on a connection that
 * is half open.
 * Throws DOCKERFLOW_CHECKS_INVALID_CLIENT or DOCKERFLOW_CHECKS_INVALID_OPTION.
 */
export const mqttCheck = defineCheck<MqttClient>({
  name: 'mqttCheck',
  client: {
    accepts: (value) =>
      hasMembers(value) && typeof value.sendPing === 'function' && typeof value.connected === 'boolean',
    expected: 'a client of mqtt'
  },
  options: {},
  closed: (client) => () => isClosed(client),
  build(client) {
    const ask = oneQuestion(ping)
    return async ({ signal }) => {
      if (!client.connected) throw failure('MQTT_DISCONNECTED', 'the client is not connected')
      await ask(client, signal)
    }
  }
})
