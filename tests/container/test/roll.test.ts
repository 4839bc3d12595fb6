import { spawn } from 'node:child_process'
import { randomUUID } from 'node:crypto'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { guarded } from '@dockerflow/testing/guard'
import { root } from '@dockerflow/testing/root'
import { type Test, test } from 'tap'
import { build, docker, requireEngine } from '../src/engine.ts'
import { backingServices } from '../src/stack.ts'
import { SwarmStack } from '../src/swarm.ts'

const image = `dockerflow-roll-${randomUUID()}`

/** Requests of all kinds while `work` is done. Resolves with how many were answered, and what failed. */
async function underLoad(t: Test, url: string, work: () => Promise<void>) {
  const path = join(root, 'apps/demo/test/fixtures/generator.ts')
  const generator = guarded(spawn(process.execPath, [path, url], { stdio: ['ignore', 'pipe', 'inherit'] }))
  t.teardown(() => generator.kill('SIGKILL'))
  const lines = createInterface({ input: generator.stdout })[Symbol.asyncIterator]()
  await lines.next() // each worker has begun
  const start = performance.now()
  await work()
  const seconds = ((performance.now() - start) / 1000).toFixed(0)
  generator.kill('SIGTERM')
  const result = JSON.parse((await lines.next()).value) as {
    answered: Record<string, number>
    failures: string[]
  }
  const answered = Object.values(result.answered).reduce((sum, count) => sum + count, 0)
  t.comment(`${seconds} s, ${answered} requests answered, ${result.failures.length} failed`)
  return { answered, failures: result.failures }
}

test('swarm mode rolls the service, and no request fails', async (t) => {
  await requireEngine()
  t.teardown(async () => {
    const tags = ['1', '2', 'hangs', 'exits'].map((tag) => `${image}:${tag}`)
    await docker('image', 'rm', '--force', ...tags).catch(() => {}) // one that was never built is an error
  })
  await build(`${image}:1`, { VERSION: '1.0.0' })
  await build(`${image}:2`, { VERSION: '2.0.0' })
  const broken = { hangs: 'CMD ["sleep", "infinity"]', exits: 'ENV PORT=http' }
  for (const [tag, line] of Object.entries(broken)) {
    const dir = t.testdir({ Dockerfile: `FROM ${image}:2\n${line}\n` })
    await docker('build', `--tag=${image}:${tag}`, dir)
  }
  const stack = await SwarmStack.start(t, {
    ...(await backingServices(t, 'docker/stack.yaml')),
    DOCKER_IMAGE: image,
    DOCKER_TAG: '1'
  })
  let total = 0
  const unharmed = async (t: Test, work: () => Promise<void>) => {
    const { answered, failures } = await underLoad(t, stack.url, work)
    total += answered
    t.strictSame(failures, [])
  }

  // That the rest can fail: nothing but DRAIN_DELAY differs.
  await t.test('replicas that do not drain fail requests while they are replaced', async (t) => {
    const { failures } = await underLoad(t, stack.url, async () => {
      await stack.deploy({ DRAIN_DELAY: '4000' })
      t.equal(await stack.settled(), 'completed')
    })
    t.ok(failures.length > 0)
    t.comment(`such as ${failures[0]}`)
  })

  await t.test('an update to a new image', async (t) => {
    t.strictSame(await stack.versions(), ['1.0.0'])
    const before = await stack.replicas()
    await unharmed(t, async () => {
      await stack.deploy({ DOCKER_TAG: '2' })
      t.equal(await stack.settled(), 'completed')
    })
    t.strictSame(await stack.versions(), ['2.0.0'])
    for (const id of await stack.replicas()) t.notOk(before.includes(id), 'each replica is another container')
  })

  await t.test('a rollback', async (t) => {
    await unharmed(t, async () => {
      await stack.rollback()
      t.equal(await stack.settled(), 'rollback_completed')
    })
    t.strictSame(await stack.versions(), ['1.0.0'])
  })

  for (const [tag, what] of [
    ['hangs', 'whose health check never passes'],
    ['exits', 'that exits at once']
  ] as const) {
    await t.test(`an image ${what} replaces no replica`, async (t) => {
      const before = await stack.replicas()
      await unharmed(t, async () => {
        await stack.deploy({ DOCKER_TAG: tag })
        t.equal(await stack.settled(), 'rollback_completed')
      })
      t.strictSame(await stack.versions(), ['1.0.0'])
      t.strictSame(await stack.replicas(), before)
    })
  }

  t.comment(`0 of ${total} requests failed`)
  t.ok(total > 1000, 'the load was steady')
})
