import { MongodbWire } from '@dockerflow/testing/mongodb'
import { MongoClient } from 'mongodb'
import { mongodbCheck } from '../src/mongodb.ts'
import { canary, networked } from './suite.ts'

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
