import { MosquittoServer, withoutMosquitto } from '@dockerflow/testing/mosquitto'
import mqtt from 'mqtt'
import { test } from 'tap'
import { mqttCheck } from '../src/mqtt.ts'
import { canary, clientClosed, drive, networked, shared, until } from './suite.ts'

const skip = withoutMosquitto()
const server = shared(() => MosquittoServer.create(canary))
const client = async (port: number) => {
  const app = await mqtt.connectAsync(`mqtt://127.0.0.1:${port}`, {
    username: 'demo',
    password: canary,
    reconnectPeriod: 50,
    connectTimeout: 500
  })
  return app.on('error', () => {})
}

networked('a client of MQTT', {
  skip,
  server,
  appsConnection: true,
  client,
  check: (app) => mqttCheck(app),
  use: (app) => app.publishAsync('a/topic', 'hello', { qos: 1 }),
  end: (app) => app.endAsync()
})

test('on a connection that is half open, 100 runs ping once', { skip }, async (t) => {
  const mosquitto = await server()
  const app = await client(mosquitto.port)
  t.teardown(() => app.endAsync(true))
  let pings = 0
  app.on('packetsend', ({ cmd }) => {
    if (cmd === 'pingreq') pings++
  })
  const listeners = () => app.listenerCount('packetreceive') + app.listenerCount('close')
  const before = listeners()
  const check = mqttCheck(app)
  await mosquitto.pause()
  t.teardown(() => mosquitto.resume())
  for (let i = 0; i < 100; i++) t.ok((await drive(check, 2)).timedOut)
  t.ok(app.connected, 'the client says that it is connected')
  t.equal(pings, 1)
  mosquitto.resume()
  t.equal((await drive(check, 5000)).err, undefined)
  t.equal(listeners(), before, 'no listener is left')
})

test('a client that reconnects and one that was closed differ', { skip }, async (t) => {
  const mosquitto = await server()
  const app = await client(mosquitto.port)
  const check = mqttCheck(app)
  await mosquitto.pause()
  const running = drive(check, 5000)
  await mosquitto.stop()
  t.match((await running).err, { code: 'MQTT_DISCONNECTED', message: 'the connection ended' })
  await until(() => !app.connected, 'the client sees it')
  t.match((await drive(check)).err, { code: 'MQTT_DISCONNECTED', message: 'the client is not connected' })
  await app.endAsync()
  t.strictSame((await drive(check)).messages, [clientClosed])
})

test('anything but a client is a coded TypeError', async (t) => {
  for (const wrong of [undefined, {}, 'mqtt://localhost']) {
    t.throws(() => mqttCheck(wrong as never), {
      code: 'DOCKERFLOW_CHECKS_INVALID_CLIENT',
      message: '@dockerflow/checks: mqttCheck must be given a client of mqtt'
    })
  }
})
