import { type Test, test } from 'tap'
import { containerMemory } from '../src/cgroup.ts'
import { heapLimit, heapUsed } from '../src/heap.ts'
import { crossing, type MemoryPressure, watchContainer } from '../src/memory.ts'
import { Service } from './fixtures/start.ts'

test('a crossing counts once, until memory has fallen well below it', async (t) => {
  const crosses = crossing(0.9)
  const seen = [10, 89, 90, 95, 85, 91, 79, 90, 100].map((used) => crosses(used, 100))
  t.strictSame(seen, [false, false, true, false, false, false, false, true, false])
})

type Fixture = Extract<NonNullable<Parameters<Test['testdir']>[0]>, object>

const group = (limit: string, usage: string, stat = '') => ({
  'memory.max': limit,
  'memory.current': usage,
  'memory.stat': stat
})
const groupV1 = (limit: string, usage: string, stat = '') => ({
  'memory.limit_in_bytes': limit,
  'memory.usage_in_bytes': usage,
  'memory.stat': stat
})

const cases: [name: string, root: Fixture, self: string, expected: object | undefined][] = [
  [
    'v2, in a container',
    group('1000\n', '900\n', 'anon 1\ninactive_file 300\n'),
    '0::/\n',
    { used: 600, limit: 1000 }
  ],
  ['v2, no limit', group('max\n', '900\n'), '0::/\n', undefined],
  [
    "v2, a path that is only the host's",
    group('1000\n', '900\n'),
    '0::/kubepods/pod1\n',
    { used: 900, limit: 1000 }
  ],
  [
    'v2, the tightest of several limits',
    { a: { ...group('2000\n', '10\n'), b: { ...group('500\n', '400\n'), c: group('max\n', '5\n') } } },
    '0::/a/b/c\n',
    { used: 400, limit: 500 }
  ],
  [
    'v1, in a container',
    { memory: groupV1('1000\n', '900\n', 'inactive_file 1\ntotal_inactive_file 100\n') },
    '5:cpu,cpuacct:/x\n4:memory:/docker/abc\n',
    { used: 800, limit: 1000 }
  ],
  ['v1, no limit', { memory: groupV1('9223372036854771712\n', '900\n') }, '4:memory:/\n', undefined],
  [
    'v1 beside v2',
    { unified: {}, memory: { 'a:b': groupV1('1000\n', '7\n') } },
    '4:memory:/a:b\n0::/x\n',
    { used: 7, limit: 1000 }
  ],
  ["usage that can't be read", { 'memory.max': '1000\n' }, '0::/\n', undefined],
  ['more cache than usage', group('1000\n', '1\n', 'inactive_file 9\n'), '0::/\n', { used: 0, limit: 1000 }],
  ['no cgroups', {}, '', undefined]
]

for (const [name, root, self, expected] of cases) {
  test(`memory of the container: ${name}`, async (t) => {
    const dir = t.testdir({ root, self })
    t.strictSame(await containerMemory(`${dir}/root`, `${dir}/self`), expected)
  })
}

test('memory of the container: this machine has a limit or has none', async (t) => {
  const memory = await containerMemory()
  t.ok(memory === undefined || memory.limit > 0)
})

test('the container is looked at again and again, until it has no limit', async (t) => {
  const samples = [{ used: 95, limit: 100 }, { used: 96, limit: 100 }, undefined]
  const seen: MemoryPressure[] = []
  await new Promise<void>((resolve) => {
    watchContainer(
      0.9,
      (pressure) => seen.push(pressure),
      async () => {
        const next = samples.shift()
        if (next === undefined) resolve()
        return next
      }
    )
    t.context.alive = setInterval(() => {}, 1000) // the watch itself keeps no process alive
  })
  clearInterval(t.context.alive)
  t.strictSame(seen, [{ of: 'container', used: 95, limit: 100 }])
})

test('the limit of the heap is the flag that counts, else what V8 says', async (t) => {
  t.equal(heapLimit(['--max-old-space-size=64'], '--max_old_space_size=32'), 64 * 2 ** 20)
  t.equal(heapLimit([], '--enable-source-maps --max_old_space_size=32'), 32 * 2 ** 20)
  t.ok(heapLimit([]) > heapUsed())
  t.ok(heapUsed() > 0)
})

test('a heap that fills and is freed again is one line, and the service lives on', async (t) => {
  const service = new Service(t, { OPTIONS: '{"port":0,"heapThreshold":0.5}' }, ['--max-old-space-size=64'])
  const origin = await service.origin()
  await fetch(`${origin}/grow`)
  t.match(await service.line('app.memory'), { severity: 4, of: 'heap', msg: 'memory is nearly used up' })
  service.kill('SIGTERM')
  const { code, types } = await service.ended()
  t.equal(code, 0)
  t.strictSame(types, ['app.start', 'app.memory', 'app.drain', 'app.stop'])
})

test('a threshold of 0 is off', async (t) => {
  const service = new Service(t, { OPTIONS: '{"port":0,"heapThreshold":0,"containerThreshold":0}' }, [
    '--max-old-space-size=64'
  ])
  await fetch(`${await service.origin()}/grow`)
  service.kill('SIGTERM')
  const { code, types } = await service.ended()
  t.equal(code, 0)
  t.strictSame(types, ['app.start', 'app.drain', 'app.stop'])
})
