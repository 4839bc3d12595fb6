import { randomUUID } from 'node:crypto'
import { chmodSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { framings, sendHalfBodies } from '@dockerflow/testing/half-bodies'
import { after, bailout, before, type Test, test } from 'tap'
import { mozlogErrors } from '../../../plugins/mozlog/src/schema.ts'
import { Container, inspect } from '../src/container.ts'
import { build, docker, print, requireEngine } from '../src/engine.ts'

const image = `dockerflow-memory:${randomUUID()}`
const MB = 2 ** 20

before(async () => {
  try {
    await requireEngine()
    await build(image, { VERSION: '1.2.3' })
  } catch (err) {
    bailout((err as Error).message)
  }
})
after(() => docker('image', 'rm', '--force', image))

interface Line {
  Type: string
  Severity: number
  Pid: number
  Fields: Record<string, unknown>
}

/** The types of the lines a service writes about itself. */
const types = (lines: Line[]) =>
  lines.map(({ Type }) => Type).filter((type) => type.startsWith('app.') && type !== 'app.log')

/** The demo as it is, with a fault brought in beside it that begins on SIGUSR2. */
async function start(t: Test, fault: string, flags = '', ...options: string[]) {
  const source = `process.on('SIGUSR2', () => { ${fault} })`
  const preload = `--import=data:text/javascript,${encodeURIComponent(source)}`
  // As compose.yaml has it: a folder of the platform's own, which outlives the container.
  const folder = t.testdir({ [randomUUID()]: {} })
  const room = join(folder, readdirSync(folder)[0] as string)
  chmodSync(room, 0o777)
  const notified = [`--volume=${room}:/mnt/notifications`, '--env=NOTIFICATIONS_DIR=/mnt/notifications']
  const environment = `--env=NODE_OPTIONS=${preload} ${flags}`
  const container = await Container.start(t, image, environment, ...notified, ...options)
  /** What is on stdout: each line has to be valid mozlog. */
  const lines = async (type?: string): Promise<Line[]> => {
    const texts = (await container.logs()).stdout.trimEnd().split('\n')
    const wrong = texts.filter((text) => mozlogErrors(text).length > 0)
    if (wrong.length > 0) throw new Error(`no mozlog: ${wrong.join('\n')}`)
    return texts.map((text) => JSON.parse(text)).filter(({ Type }) => !type || Type === type)
  }
  const until = async (type: string, count: number) => {
    for (const end = Date.now() + 60_000; Date.now() < end; await sleep(200)) {
      if ((await lines(type)).length >= count) return
    }
    throw new Error(`no ${count} lines of type ${type}`)
  }
  /** The platform's notifications, the oldest first. */
  const notifications = () =>
    readdirSync(room)
      .map((name) => ({ name, ...JSON.parse(readFileSync(join(room, name), 'utf8')) }))
      .sort((one, other) => one.time.localeCompare(other.time))
  const signal = (name: string) => docker('kill', `--signal=${name}`, container.id)
  const ended = async () => Number(await print('wait', container.id))
  return { id: container.id, sh: container.sh.bind(container), lines, until, notifications, signal, ended }
}

// Modulus: a JSON file in /mnt/notifications for each crash, and when memory runs out.
test("memory near the container's limit is one line a crossing; beyond it the kernel ends the service with 137", async (t) => {
  const fault = `
    const { held, growing } = globalThis
    if (growing === undefined) {
      globalThis.kept = []
      globalThis.growing = setInterval(() => {
        if (globalThis.held) return
        // Slow where it is near, since the lifecycle looks once a second.
        const room = process.availableMemory() > ${48 * MB}
        kept.push(Buffer.alloc(room ? ${8 * MB} : ${MB}, 1))
      }, 200)
    } else if (held) {
      kept.length = 0
      gc()
      setTimeout(() => { globalThis.held = false }, 3000)
    } else globalThis.held = true`
  // Of a health check each is a process that needs memory too.
  const limits = ['--memory=128m', '--memory-swap=128m', '--no-healthcheck']
  const service = await start(t, fault, '--expose-gc', ...limits)
  t.comment(`cgroup ${await service.sh('test -e /sys/fs/cgroup/cgroup.controllers && echo v2 || echo v1')}`)

  await service.signal('SIGUSR2') // grows
  await service.until('app.memory', 1)
  await service.signal('SIGUSR2') // holds
  await sleep(3000) // it is looked at three times more
  const lines = await service.lines('app.memory')
  t.match(lines, [
    { Severity: 4, Fields: { of: 'container', limit: 128 * MB, msg: 'memory is nearly used up' } }
  ])
  t.equal(lines.length, 1)
  const used = lines[0]?.Fields.used as number
  t.ok(used >= 0.9 * 128 * MB && used <= 128 * MB, `${used} bytes`)

  await service.signal('SIGUSR2') // gives it all back, and then grows to the end
  t.equal(await service.ended(), 137)
  t.equal((await inspect(service.id)).State.OOMKilled, true)
  const told = await service.lines()
  t.strictSame(types(told), ['app.start', 'app.memory', 'app.memory'])
  t.equal(told.at(-1)?.Type, 'app.memory', 'what it could still say was out')
  t.match(
    service.notifications(),
    Array(2).fill({
      name: /^memory-.*\.json$/,
      type: 'memory',
      memory: { of: 'container', limit: 128 * MB },
      version: { version: '1.2.3' }
    })
  )
  t.equal(service.notifications().length, 2)
})

test("bodies that never end don't fill the memory that the container may use", async (t) => {
  for (const framing of framings) {
    const container = await Container.start(t, image, '--memory=256m', '--memory-swap=256m')
    await sendHalfBodies(t, container.url, 300, framing)
    t.equal((await fetch(`${container.url}/__lbheartbeat__`)).status, 200, framing)
    const { Running, OOMKilled } = (await inspect(container.id)).State
    t.strictSame({ Running, OOMKilled }, { Running: true, OOMKilled: false }, framing)
  }
})

test('a service that crashes ends the container with its code: tini passes on what ended it', async (t) => {
  const heap = 'const kept = []; setInterval(() => { for (let i = 0; i < 5000; i++) kept.push({ i }) }, 5)'
  const crashes: [name: string, fault: string, code: number, told: string, notified: object][] = [
    [
      'exception in a timer',
      "setTimeout(() => { throw new Error('in a timer') })",
      1,
      'app.crash',
      { type: 'crash', error: { message: 'in a timer' } }
    ],
    [
      'rejected promise',
      "Promise.reject(new Error('nobody catches this'))",
      1,
      'app.crash',
      { type: 'crash', error: { message: 'nobody catches this' } }
    ],
    ['exhausted heap', heap, 134, 'app.memory', { type: 'memory', memory: { of: 'heap' } }]
  ]
  for (const [name, fault, code, told, notified] of crashes) {
    const service = await start(t, fault, '--max-old-space-size=64')
    await service.signal('SIGUSR2')
    t.equal(await service.ended(), code, name)
    t.strictSame(types(await service.lines()), ['app.start', told], name)
    t.match(service.notifications(), [notified], name)
    t.equal(service.notifications().length, 1, name)
  }
})

// Sent by `docker kill` it would reach tini alone, which the kernel keeps from it as process 1.
test('a segmentation fault of the service is 139', async (t) => {
  const service = await start(t, '')
  const [line] = await service.lines('app.start')
  await service.sh(`kill -SEGV ${line?.Pid}`)
  t.equal(await service.ended(), 139)
  t.strictSame(types(await service.lines()), ['app.start'])
  t.strictSame(service.notifications(), [], 'none could be written')
})
