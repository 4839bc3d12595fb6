import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { root } from '@dockerflow/testing/root'
import { test } from 'tap'
import { parse } from 'yaml'

const read = (name: string) => readFileSync(join(root, 'docker', name), 'utf8')
const compose = parse(read('compose.yaml'))
const stack = parse(read('stack.yaml'), { merge: true })
const haproxy = read('haproxy.cfg')

const megabytes = (size: string) => Number(/^(\d+)m$/i.exec(size)?.[1])

test('the app of the stack is that of compose: image, environment, user, root and limits', async (t) => {
  const { app: ours } = stack.services
  const { app } = compose.services
  for (const key of [
    'image',
    'environment',
    'user',
    'read_only',
    'cap_drop',
    'stop_grace_period',
    'logging'
  ]) {
    t.strictSame(ours[key], app[key], key)
  }
  t.equal(ours.read_only, true)
  const { limits } = ours.deploy.resources
  t.strictSame(
    [megabytes(limits.memory), Number(limits.cpus), limits.pids],
    [megabytes(app.mem_limit), app.cpus, app.pids_limit]
  )
  // A stack has no `tmpfs`; what it mounts is noexec, nosuid and nodev by itself.
  const [, size] = /^\/mnt:rw,noexec,nosuid,nodev,size=(\d+m)$/.exec(app.tmpfs[0]) ?? []
  t.strictSame(ours.volumes, [
    { type: 'tmpfs', target: '/mnt', tmpfs: { size: megabytes(size ?? '') * 2 ** 20 } },
    ...app.volumes
  ])
})

test('so are its backing services', async (t) => {
  for (const name of ['postgres', 'redis', 'statsd']) {
    for (const key of ['image', 'environment', 'command', 'volumes', 'logging'])
      t.strictSame(stack.services[name][key], compose.services[name][key], `${name} ${key}`)
  }
  t.strictSame(stack.volumes, compose.volumes)
})

test('an update starts a replica before it ends one, and is taken back where one fails', async (t) => {
  const { replicas, update_config, rollback_config } = stack.services.app.deploy
  t.equal(replicas, 3)
  t.match(update_config, { order: 'start-first', parallelism: 1, failure_action: 'rollback' })
  t.match(rollback_config, { order: 'start-first', parallelism: 1 })
})

test('a replica drains for longer than the proxy takes to see it, and is killed only after that', async (t) => {
  const figure = (pattern: RegExp) => Number(pattern.exec(haproxy)?.[1])
  const check = figure(/check inter (\d+)ms/) * figure(/fall (\d+)/) + 1000 * figure(/timeout check (\d+)s/)
  const delay = Number(/DRAIN_DELAY=(\d+)/.exec(read('stack.yaml'))?.[1])
  t.ok(delay > check, `${delay} ms, and ${check} ms`)
  t.ok(delay < Number.parseInt(stack.services.app.stop_grace_period, 10) * 1000 - 8000)
  t.match(haproxy, 'option httpchk GET /__lbheartbeat__')
})
