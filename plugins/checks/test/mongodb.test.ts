import { MongodbWire } from '@dockerflow/testing/mongodb'
import { MongoClient } from 'mongodb'
import { test } from 'tap'
import { mongodbCheck } from '../src/mongodb.ts'
import { canary, drive, networked, written } from './suite.ts'

const url = (port: number, password = canary) =>
  `mongodb://demo:${password}@127.0.0.1:${port}/?authMechanism=PLAIN&authSource=$external`

networked('a MongoClient', {
  server: () => MongodbWire.create(canary),
  sessions: async (server) => server.open,
  client: (port) => new MongoClient(url(port), { serverSelectionTimeoutMS: 5000 }),
  // What is half open when a run ends is gone after this long, and no sooner.
  check: (client) => mongodbCheck(client, { connectTimeout: 500 }),
  kept: 2,
  use: (client) => client.db('app').command({ ping: 1 }),
  end: (client) => client.close()
})

test('a wrong password is not published', async (t) => {
  const server = await MongodbWire.create('another')
  t.teardown(() => server.remove())
  const client = new MongoClient(url(server.port))
  const check = mongodbCheck(client)
  const outcome = await drive(check)
  t.match(outcome.err, { message: 'no' })
  t.notOk(written(outcome).includes(canary))
  await check.close?.()
  await client.close()
})

test('what is sent is a ping, and never to the connections of the app', async (t) => {
  const server = await MongodbWire.create(canary)
  t.teardown(() => server.remove())
  const client = new MongoClient(url(server.port))
  const check = mongodbCheck(client)
  for (let i = 0; i < 3; i++) await drive(check)
  t.equal(server.commands.filter((name) => name === 'ping').length, 3)
  t.strictSame([...new Set(server.commands)].sort(), ['ismaster', 'ping', 'saslStart'])
  t.equal(server.open, 2)
  await check.close?.()
  await client.close()
})

test('something else than a client is refused', async (t) => {
  for (const wrong of [undefined, null, 'mongodb://a:secret@db', {}, 7]) {
    t.throws(() => mongodbCheck(wrong as never), {
      code: 'DOCKERFLOW_CHECKS_INVALID_CLIENT',
      message: '@dockerflow/checks: mongodbCheck must be given a MongoClient of mongodb 7'
    })
  }
})
