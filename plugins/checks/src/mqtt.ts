import { hasMembers } from '@dockerflow/kit/options'
import { defineCheck } from './lib/define-check.ts'
import { failure } from './lib/failure.ts'
import { oneQuestion } from './lib/one-question.ts'

/** A client of `mqtt`, as far as the check uses it. */
export interface MqttClient {
  readonly connected: boolean
  readonly disconnecting: boolean
  sendPing(): void
  // biome-ignore lint/suspicious/noExplicitAny: the client has overloads by event, which no other type fits
  on(event: any, listener: (...args: any[]) => void): unknown
  // biome-ignore lint/suspicious/noExplicitAny: as above
  off(event: any, listener: (...args: any[]) => void): unknown
}

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
 * A check of an MQTT server: a PINGREQ on the app's connection, which tells whether the app itself is
 * connected. Fails with the code `MQTT_CLOSED`, which is for good, or `MQTT_DISCONNECTED` while the client
 * reconnects; on a connection that is half open it times out.
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
  build(client) {
    const ask = oneQuestion(ping)
    return async ({ signal }) => {
      if (client.disconnecting) throw failure('MQTT_CLOSED', 'the client was closed')
      if (!client.connected) throw failure('MQTT_DISCONNECTED', 'the client is not connected')
      await ask(client, signal)
    }
  }
})
