import { MemcachedServer, withoutMemcached } from '@dockerflow/testing/memcached'
import memjs from 'memjs'
import { memcachedCheck } from '../src/memcached.ts'
import { networked } from './suite.ts'

networked('a Client of memjs', {
  skip: withoutMemcached(),
  server: () => MemcachedServer.create(),
  client: (port) => memjs.Client.create(`127.0.0.1:${port}`, { logger: { log: () => {} } }),
  check: (client) => memcachedCheck(client),
  use: (client) => client.get('key'),
  end: (client) => client.close()
})
