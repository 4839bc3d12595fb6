import { execFileSync } from 'node:child_process'
import { RedisServer, withoutRedis } from '@dockerflow/testing/redis'
import { Cluster, Redis } from 'ioredis'
import { createClient, createCluster } from 'redis'
import { type Test, test } from 'tap'
import { type RedisClient, redisCheck } from '../src/redis.ts'
import { canary, drive, networked, shared, until } from './suite.ts'

const skip = withoutRedis()
const server = shared(() => RedisServer.create(canary))

const cli = (server: RedisServer, ...args: string[]) =>
  execFileSync('redis-cli', ['-p', `${server.port}`, '-a', canary, '--no-auth-warning', ...args], {
    encoding: 'utf8'
  })

const sessions = async (server: RedisServer) => cli(server, 'CLIENT', 'LIST').trim().split('\n').length - 1

networked('a client of ioredis', {
  skip,
  server,
  sessions,
  client: (port) => new Redis({ port, password: canary, lazyConnect: true }).on('error', () => {}),
  check: (redis) => redisCheck(redis),
  use: (redis) => redis.get('key'),
  end: (redis) => redis.quit()
})

networked('a client of redis', {
  skip,
  server,
  sessions,
  client: (port) => createClient({ url: `redis://:${canary}@127.0.0.1:${port}` }).on('error', () => {}),
  check: (redis) => redisCheck(redis),
  use: async (redis) => {
    await redis.connect()
    await redis.get('key')
  },
  end: (redis) => redis.close()
})

type Made = { client: RedisClient; end(): unknown }

/** Clients of both drivers. */
const both: Record<string, (port: number, password?: string) => Made> = {
  ioredis(port, password) {
    const client = new Redis({ port, password, lazyConnect: true }).on('error', () => {})
    return { client, end: () => client.disconnect() }
  },
  redis(port, password) {
    const client = createClient({ socket: { port }, password }).on('error', () => {})
    return { client, end: () => client.destroy() }
  }
}

/** A run of a check of that server, by each driver. */
async function outcomes(t: Test, port: number, password?: string, options?: { writable: boolean }) {
  return Promise.all(
    Object.values(both).map(async (make) => {
      const { client, end } = make(port, password)
      const check = redisCheck(client, options)
      t.teardown(async () => {
        await check.close?.()
        await end()
      })
      return drive(check)
    })
  )
}

async function start(t: Test, password = '', flags: string[] = []): Promise<RedisServer> {
  const server = await RedisServer.create(password, flags)
  t.teardown(() => server.remove())
  return server
}

test('a server that wants a password has a code of its own', { skip }, async (t) => {
  const { port } = await start(t, canary)
  for (const { err } of await outcomes(t, port)) t.match(err, { code: 'NOAUTH' })
  for (const { err } of await outcomes(t, port, 'wrong')) t.match(err, { code: 'WRONGPASS' })
})

test('a server that loads its data has a code of its own', { skip }, async (t) => {
  const slowly = ['--key-load-delay', '2000', '--loading-process-events-interval-bytes', '1024']
  const server = await start(t, '', [...slowly, '--enable-debug-command', 'yes'])
  const command = (...args: string[]) => execFileSync('redis-cli', ['-p', `${server.port}`, ...args])
  command('DEBUG', 'POPULATE', '5000')
  command('SAVE')
  await server.stop()
  await server.start()
  for (const { err } of await outcomes(t, server.port)) t.match(err, { code: 'LOADING' })
})

test('a replica is an info, and an error where the app needs to write', { skip }, async (t) => {
  const [primary, replica] = [await start(t), await start(t)]
  for (const { messages } of await outcomes(t, primary.port)) t.strictSame(messages, [])
  execFileSync('redis-cli', ['-p', `${replica.port}`, 'REPLICAOF', '127.0.0.1', `${primary.port}`])
  const info = { level: 20, id: 'dockerflow.health.I002', message: 'the server is a read-only replica' }
  const error = { level: 40, id: 'dockerflow.health.E002', message: 'the server is read-only' }
  for (const { messages } of await outcomes(t, replica.port)) t.strictSame(messages, [info])
  for (const { messages } of await outcomes(t, replica.port, undefined, { writable: true })) {
    t.strictSame(messages, [error])
  }
})

test('a user who may send nothing but PING is enough', { skip }, async (t) => {
  const { port } = await start(t)
  execFileSync('redis-cli', ['-p', `${port}`, 'ACL', 'SETUSER', 'default', '-@all', '+ping', '+hello'])
  for (const outcome of await outcomes(t, port)) t.match(outcome, { messages: [], err: undefined })
})

test("a run opens one connection at most, and none in the app's client", { skip }, async (t) => {
  const server = await start(t, canary)
  for (const make of Object.values(both)) {
    const { client, end } = make(server.port, canary)
    const check = redisCheck(client)
    for (let i = 0; i < 5; i++) await drive(check)
    t.equal(await sessions(server), 1)
    await check.close?.()
    await until(async () => (await sessions(server)) === 0, 'the connection is closed')
    await end()
  }
})

test('a cluster: its state is shown, whichever node is up', { skip }, async (t) => {
  const flags = ['--cluster-enabled', 'yes', '--cluster-require-full-coverage', 'yes']
  const [one, other] = [await start(t, '', flags), await start(t, '', flags)]
  const command = ({ port }: RedisServer, ...args: string[]) =>
    execFileSync('redis-cli', ['-p', `${port}`, ...args], { encoding: 'utf8' })

  const clusters: Record<string, () => Promise<Made>> = {
    async ioredis() {
      const client = new Cluster(
        [one, other].map(({ port }) => ({ host: '127.0.0.1', port })),
        { lazyConnect: true }
      )
      client.on('error', () => {})
      await client.connect()
      return { client, end: () => client.disconnect() }
    },
    async redis() {
      const client = createCluster({
        minimizeConnections: true,
        rootNodes: [one, other].map(({ port }) => ({ url: `redis://127.0.0.1:${port}` }))
      })
      client.on('error', () => {})
      await client.connect()
      return { client, end: () => client.destroy() }
    }
  }
  command(one, 'CLUSTER', 'ADDSLOTSRANGE', '0', '8191')
  command(other, 'CLUSTER', 'ADDSLOTSRANGE', '8192', '16383')
  command(one, 'CLUSTER', 'MEET', '127.0.0.1', `${other.port}`)
  const state = () => command(one, 'CLUSTER', 'INFO') + command(other, 'CLUSTER', 'INFO')
  await until(() => state().match(/cluster_state:ok/g)?.length === 2, 'the cluster is formed', 20_000)

  const whole = () => state().match(/cluster_state:ok/g)?.length === 2
  for (const make of Object.values(clusters)) {
    const { client, end } = await make()
    const check = redisCheck(client)
    t.match(await drive(check), { messages: [], err: undefined })
    command(one, 'CLUSTER', 'DELSLOTS', '1')
    command(other, 'CLUSTER', 'DELSLOTS', '1')
    await until(() => !state().includes('cluster_state:ok'), 'the cluster is down', 20_000)
    t.match((await drive(check)).err, {
      code: 'CLUSTERDOWN',
      message: 'the cluster does not serve each slot'
    })
    command(one, 'CLUSTER', 'ADDSLOTS', '1')
    await until(whole, 'the cluster is up again', 20_000)
    t.match(await drive(check), { messages: [], err: undefined })
    await check.close?.()
    await end()
  }

  for (const make of Object.values(clusters)) {
    for (const down of [one, other]) {
      const { client, end } = await make()
      const check = redisCheck(client)
      t.match(await drive(check), { messages: [], err: undefined })
      await down.stop()
      // At once, unless the app's own client has lost sight of the other node for a moment.
      await until(async () => (await drive(check)).err === undefined, 'the other node is asked', 10_000)
      await down.start()
      await until(whole, 'the cluster is whole again', 20_000)
      await check.close?.()
      await end()
    }
    const { client, end } = await make()
    const hung = redisCheck(client)
    await drive(hung) // the app's client is connected to each node
    hung.kill?.()
    for (const { pid } of [one, other]) process.kill(pid as number, 'SIGSTOP')
    t.match(await drive(hung, 100), { timedOut: true, wedged: false }, 'a cluster that hangs')
    for (const { pid } of [one, other]) process.kill(pid as number, 'SIGCONT')
    await hung.close?.()
    await end()
  }

  const unconnected = new Cluster([{ host: '127.0.0.1', port: one.port }], { lazyConnect: true })
  const known = { code: 'CLUSTERDOWN', message: "the app's client knows no node of the cluster" }
  t.match((await drive(redisCheck(unconnected))).err, known)
  const none = createCluster({ rootNodes: [{ url: `redis://127.0.0.1:${one.port}` }] })
  t.match((await drive(redisCheck(none))).err, known)
})

test('something else than a client is refused', async (t) => {
  for (const wrong of [undefined, null, 'redis://:secret@db', {}, 7]) {
    t.throws(() => redisCheck(wrong as never), {
      code: 'DOCKERFLOW_CHECKS_INVALID_CLIENT',
      message:
        '@dockerflow/checks: redisCheck must be given a client or a cluster of ioredis, or a client, pool, cluster or sentinel of redis'
    })
  }
})
