import { KafkaServer, withoutKafka } from '@dockerflow/testing/kafka'
import { Admin } from '@platformatic/kafka'
import { Kafka, logLevel } from 'kafkajs'
import { test } from 'tap'
import { type KafkaOverrides, kafkaCheck } from '../src/kafka.ts'
import { drive, networked, shared } from './suite.ts'

// The broker tells its clients where it is: there, too, the proxy must be between.
const skip = withoutKafka()
const server = shared(() => KafkaServer.create())

networked('kafkajs', {
  skip,
  server,
  client: (port, server) => {
    server.advertised = port
    return { clientId: 'app', brokers: [`127.0.0.1:${port}`], logLevel: logLevel.NOTHING }
  },
  check: (config) => kafkaCheck((overrides) => new Kafka({ ...config, ...overrides })),
  use: async (config) => {
    const admin = new Kafka(config).admin()
    await admin.connect()
    await admin.listTopics()
    await admin.disconnect()
  },
  end: () => {}
})

networked('@platformatic/kafka', {
  skip,
  server,
  client: (port, server) => {
    server.advertised = port
    return { clientId: 'app', bootstrapBrokers: [`127.0.0.1:${port}`] }
  },
  check: (config) => kafkaCheck((overrides) => new Admin({ ...config, ...overrides })),
  use: async (config) => {
    const admin = new Admin(config)
    await admin.listTopics()
    await admin.close()
  },
  end: () => {}
})

test('kafkajs connects by TLS where the app does', { skip }, async (t) => {
  const kafka = await server()
  const config = { brokers: [`127.0.0.1:${kafka.port}`], ssl: true }
  const check = kafkaCheck((overrides) => new Kafka({ ...config, ...overrides }))
  t.ok((await drive(check)).err, 'this broker speaks no TLS')
  await check.close?.()
})

test('what makes no client is a coded TypeError', async (t) => {
  const message =
    '@dockerflow/checks: kafkaCheck must be given a function that returns a new Kafka of kafkajs, or a new client of @platformatic/kafka, made with the overrides that it is given'
  const wrong = [undefined, new Kafka({ brokers: [] }), () => undefined, () => ({}), (_: KafkaOverrides) => 7]
  for (const factory of wrong) {
    t.throws(() => kafkaCheck(factory as never), { code: 'DOCKERFLOW_CHECKS_INVALID_CLIENT', message })
  }
})
