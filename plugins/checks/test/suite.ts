import { setTimeout as sleep } from 'node:timers/promises'
import { inspect } from 'node:util'
import type { CheckMessage, HeartbeatCheckObject } from '@dockerflow/heartbeat'
import { FaultProxy } from '@dockerflow/testing/fault-proxy'
import { type Test, test } from 'tap'

/** Must never be seen in what a check returns or throws. */
export const canary = 'canary-p4ssw0rd-of-the-app'

/** A real server, as in @dockerflow/testing. */
export interface Server {
  readonly port: number
  start(): Promise<void>
  /** Ends it at once, as a crash would. */
  stop(): Promise<void>
  remove(): Promise<void>
}

/** A networked check under test: a line of its own in the test file of its service. */
export interface Networked<S extends Server, Client> {
  /** Starts the server. Its password, where it has one, is `canary`. */
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
  /** Why all of it must be skipped, as `without()` says. */
  skip?: string | false
}

/** What came of a run. */
export interface Outcome {
  messages: CheckMessage[]
  /** What was thrown, if anything. */
  err?: unknown
  /** The run took longer than its budget. */
  timedOut: boolean
  /** The run ignored its signal, and then settled on `kill()` or never. */
  killed: boolean
  wedged: boolean
}

const grace = 250
/** The budget of a run that must fail. */
const tight = 250

/** Runs a check once as the engine does: signal at the timeout, 250 ms of grace, then `kill()`. */
export async function drive(check: HeartbeatCheckObject, budget = 10_000): Promise<Outcome> {
  const outcome: Outcome = { messages: [], timedOut: false, killed: false, wedged: false }
  const phase = async <T>(budget: number, work: (signal: AbortSignal) => T | Promise<T>): Promise<T> => {
    const controller = new AbortController()
    let settled = false
    const running = (async () => work(controller.signal))().finally(() => {
      settled = true
    })
    running.catch(() => {})
    const settles = async (ms: number) => {
      const ends = new AbortController()
      await Promise.race([running.catch(() => {}), sleep(ms, undefined, ends).catch(() => {})])
      ends.abort()
      return settled
    }
    if (await settles(budget)) return running
    outcome.timedOut = true
    controller.abort(new Error('timed out'))
    if (await settles(grace)) return running
    outcome.killed = true
    check.kill?.()
    if (await settles(grace)) return running
    outcome.wedged = true
    throw new Error('wedged')
  }
  try {
    await phase(budget, (signal) => check.connect?.({ signal }))
    const result = await phase(budget, (signal) => check.run({ signal }))
    outcome.messages = [result ?? []].flat()
  } catch (err) {
    outcome.err = err
  }
  return outcome
}

/** The outcome as the heartbeat publishes and logs it, before it cuts credentials out. */
export function written({ messages, err }: Outcome): string {
  const texts = (thrown: unknown, depth = 0): unknown =>
    thrown instanceof Error && depth < 5
      ? [
          thrown.name,
          thrown.message,
          thrown.stack,
          (thrown as { code?: unknown }).code,
          texts(thrown.cause, depth + 1),
          ((thrown as { errors?: unknown[] }).errors ?? []).map((each) => texts(each, depth + 1))
        ]
      : String(thrown)
  return inspect([messages.map(({ id, message, err }) => [id, message, texts(err)]), texts(err)], {
    depth: 20,
    maxStringLength: null
  })
}

/** Resolves when `condition` holds; rejects when that takes longer than `ms`. */
export async function until(
  condition: () => boolean | Promise<boolean>,
  what: string,
  ms = 5000
): Promise<void> {
  const deadline = performance.now() + ms
  while (!(await condition())) {
    if (performance.now() > deadline) throw new Error(`still not after ${ms} ms: ${what}`)
    await sleep(20)
  }
}

/** What keeps this process alive: sockets, timers and look-ups, as far as they aren't the test runner's. */
const handles = () =>
  process.getActiveResourcesInfo().filter((name) => /^(TCP|TLS|UDP|Timeout|GetAddrInfo)/.test(name))

const ok = (outcome: Outcome) =>
  outcome.err === undefined && outcome.messages.every(({ level }) => level < 40)

/** The shared suite of the networked checks. */
export function networked<S extends Server, Client>(name: string, subject: Networked<S, Client>): void {
  test(name, { skip: subject.skip ?? false }, async (t) => {
    const server = await subject.server()
    t.teardown(() => server.remove())
    const proxy = await FaultProxy.create(server.port)
    t.teardown(() => proxy.close())

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
            await until(() => proxy.open <= apps, 'the failed run left no socket', 500 + grace)
          }
          return outcome
        }
        const wellAgain = async () => {
          if (subject.appsConnection) await until(async () => ok(await run()), "the app's client is back")
          else t.ok(ok(await run()), 'the first run without the fault is well')
        }
        await body(t, run, check, wellAgain)

        await proxy.set('pass')
        if (recovers || subject.appsConnection) await wellAgain()
        await subject.use(client)
        await check.close?.()
        await subject.end(client)
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
    await fails('hung in mid-reply', () => proxy.set('hang', { replyBytes: total - 1 }))
    await fails('hung after connecting', () => proxy.set('hang'), { warm: true })
    await fails('reset while connecting', () => proxy.set('reset'))
    await fails('reset in mid-reply', () => proxy.set('reset', { replyBytes: total - 1 }))
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
      t.notOk(ok(await run(tight)), 'the check fails while the server is down')
      t.notOk(ok(await run(tight)))
      await server.start()
      await wellAgain()
    })

    const closes = async (t: Test, run: () => Promise<Outcome>, check: HeartbeatCheckObject) => {
      t.ok(ok(await run()))
      await proxy.set('hang')
      const running = run()
      await sleep(50)
      await check.close?.()
      t.notOk(ok(await running))
    }
    await scene('closed in the midst of a run', closes, false)
  })
}
