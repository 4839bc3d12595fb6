import { setTimeout as sleep } from 'node:timers/promises'
import type { HeartbeatCheckObject } from '@dockerflow/heartbeat'
import { FaultProxy } from '@dockerflow/testing/fault-proxy'
import tap, { type Test, test } from 'tap'

import { canary, clientClosed, drive, grace, type Outcome, ok, tight, until, written } from './drive.ts'

export { canary, clientClosed, drive, until, written }

/** A real server, as in @dockerflow/testing. */
export interface Server {
  readonly port: number
  start(): Promise<void>
  /** Ends it at once, as a crash would. */
  stop(): Promise<void>
  remove(): Promise<void>
}

/** One server for all tests of a file: the first one that asks starts it, and it ends with the file. */
export function shared<S extends Server>(create: () => Promise<S>): () => Promise<S> {
  let made: Promise<S> | undefined
  tap.teardown(async () => (await made)?.remove())
  return () => {
    made ??= create()
    return made
  }
}

/** A networked check under test: a line of its own in the test file of its service. */
export interface Networked<S extends Server, Client> {
  /** Starts the server, or is given by `shared()`. Its password, where it has one, is `canary`. */
  server: () => Promise<S>
  /** Makes the client that an app would have, to the server's `port` as a proxy shows it. */
  client: (port: number, server: S) => Client | Promise<Client>
  /** Builds the check. */
  check: (client: Client) => HeartbeatCheckObject
  /** What the app does with its client; rejects where the client is of no use. */
  use: (client: Client) => unknown
  /** Closes the client. */
  end: (client: Client) => unknown
  /** How many connections the server itself sees, but for the one that asks. */
  sessions?: (server: S) => Promise<number>
  /**
   * How many connections the check keeps between runs at most.
   * @default 1
   */
  kept?: number
  /** Whether a run makes a connection of its own and closes it: then none is open between runs. */
  perRun?: boolean
  /** Whether it asks on the app's own connection, which the app's client makes anew by itself, in its own time. */
  appsConnection?: boolean
  /**
   * For how long, in ms, a connection stays that hangs while it is made, where the driver can't end it before.
   * @default 0
   */
  lingers?: number
  /** Why all of it must be skipped, as `without()` says. */
  skip?: string | false
}

/** What keeps this process alive: sockets, timers and look-ups, as far as they aren't the test runner's. */
const handles = () =>
  process.getActiveResourcesInfo().filter((name) => /^(TCP|TLS|UDP|Timeout|GetAddrInfo)/.test(name))

/** The shared suite of the networked checks. */
export function networked<S extends Server, Client>(name: string, subject: Networked<S, Client>): void {
  const start = shared(subject.server)
  test(name, { skip: subject.skip ?? false }, async (t) => {
    const server = await start()
    const proxy = await FaultProxy.create(server.port)
    t.teardown(() => proxy.close())

    // More than a line's end: some parsers don't wait for the last character.
    const cut = 3

    // How many bytes each connection had been sent when the last run ended: a farewell comes later.
    let seen: number[] = []

    /** One check of one app, whose connections all go through the proxy; afterwards nothing is left of either. */
    const scene = (
      title: string,
      body: (
        t: Test,
        run: (budget?: number) => Promise<Outcome>,
        check: HeartbeatCheckObject,
        wellAgain: () => Promise<void>
      ) => Promise<void>,
      recovers = true
    ) =>
      t.test(title, async (t) => {
        await proxy.set('pass')
        const before = handles().length
        const client = await subject.client(proxy.port, server)
        const apps = proxy.open
        const check = subject.check(client)
        let ended = false
        const end = async () => {
          if (ended) return
          ended = true
          await check.close?.()
          await subject.end(client)
        }
        // Where the scene fails before its end: a client that is left connects in the scenes after it.
        t.teardown(async () => {
          if (ended) return
          await proxy.set('pass')
          await end()
        })
        t.equal(proxy.open, apps, 'building the check connects nothing')
        const run = async (budget?: number) => {
          const outcome = await drive(check, budget)
          seen = [...proxy.replied]
          t.notOk(outcome.wedged, 'the run settled')
          t.notOk(written(outcome).includes(canary), 'no password in what the heartbeat publishes or logs')
          if (ok(outcome)) {
            const kept = subject.perRun || subject.appsConnection ? 0 : (subject.kept ?? 1)
            await until(() => proxy.open <= apps + kept, 'no more is kept than promised')
          } else {
            await until(
              () => proxy.open <= apps,
              'the failed run left no socket',
              500 + grace + (subject.lingers ?? 0)
            )
          }
          return outcome
        }
        const wellAgain = async () => {
          if (subject.appsConnection)
            await until(async () => ok(await run()), "the app's client is back", 60_000)
          else t.ok(ok(await run()), 'the first run without the fault is well')
        }
        await body(t, run, check, wellAgain)

        await proxy.set('pass')
        if (recovers || subject.appsConnection) await wellAgain()
        await subject.use(client)
        await end()
        await until(() => proxy.open === 0, 'no socket is open at the server')
        if (subject.sessions) {
          const { sessions } = subject
          await until(async () => (await sessions(server)) === 0, 'the server sees no session')
        }
        await until(() => handles().length <= before, 'no handle is left').catch((err) => {
          t.fail(err.message, { before, after: handles() })
        })
      })

    // How many bytes of replies a connection of the check's takes to open, and to make its first round trip.
    let handshake = 0
    let total = 0
    await scene('healthy', async (t, run, check) => {
      const first = proxy.accepted - (subject.appsConnection ? proxy.open : 0)
      const replied = () => Math.max(0, ...seen.slice(first))
      await check.connect?.({ signal: AbortSignal.timeout(5000) })
      seen = [...proxy.replied]
      handshake = replied()
      t.ok(ok(await run()))
      total = replied()
      t.ok(total > handshake, 'the check makes a round trip')
      const accepted = proxy.accepted
      t.ok(ok(await run()))
      if (subject.perRun) {
        t.ok(proxy.accepted > accepted, 'each run makes one')
      } else {
        t.ok(replied() > total, 'each run makes one')
        t.equal(proxy.accepted, accepted, 'on the same connection')
      }
    })

    const fails = (title: string, fault: () => Promise<void>, { warm = false, again = true } = {}) =>
      scene(title, async (t, run) => {
        if (warm) t.ok(ok(await run()))
        await fault()
        for (let i = 0; i < (again ? 2 : 1); i++) t.notOk(ok(await run(tight)), 'the check fails')
      })

    await fails('refused', () => proxy.set('refuse'))
    await fails('hung while connecting', () => proxy.set('hang'))
    await fails('hung while connecting, its replies lost', () => proxy.set('hang-replies'))
    await fails('hung in mid-reply', () => proxy.set('hang', { replyBytes: total - cut }))
    await fails('hung after connecting', () => proxy.set('hang'), { warm: true })
    await fails('reset while connecting', () => proxy.set('reset'))
    await fails('reset in mid-reply', () => proxy.set('reset', { replyBytes: total - cut }))
    await fails('garbage instead of a greeting', () => proxy.set('garbage'))
    await fails('garbage instead of a reply', () => proxy.set('garbage', { replyBytes: handshake }))
    await fails('garbage on an open connection', () => proxy.set('garbage'), { warm: true })

    await scene('reset between two runs', async (t, run, _check, wellAgain) => {
      t.ok(ok(await run()))
      const { accepted } = proxy
      await proxy.set('reset')
      await proxy.set('pass')
      await until(() => proxy.open === 0 || proxy.accepted > accepted, 'the reset arrived')
      await wellAgain()
    })

    await scene('killed and recovered', async (t, run, _check, wellAgain) => {
      t.ok(ok(await run()))
      await server.stop()
      try {
        t.notOk(ok(await run(tight)), 'the check fails while the server is down')
        t.notOk(ok(await run(tight)))
      } finally {
        await server.start()
      }
      await wellAgain()
    })

    const closes = async (
      t: Test,
      run: (budget?: number) => Promise<Outcome>,
      check: HeartbeatCheckObject
    ) => {
      t.ok(ok(await run()))
      await proxy.set('hang')
      const running = run(1000)
      await sleep(50)
      await check.close?.()
      t.notOk(ok(await running))
    }
    await scene('closed in the midst of a run', closes, false)
  })
}
