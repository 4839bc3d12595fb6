import { randomUUID } from 'node:crypto'
import { test } from 'tap'
import { build, docker, requireEngine } from '../src/engine.ts'
import { backingServices, Stack, until } from '../src/stack.ts'

const image = 'dockerflow-test'
const tag = randomUUID()

/** One question to the statsd server's management interface, from inside of its container. */
const ask = (stack: Stack, question: string) =>
  stack.compose(
    ...['exec', '-T', 'statsd', 'node', '--eval'],
    `require('net').connect(8126, '127.0.0.1').end('${question}\\n').pipe(process.stdout)`
  )

test('compose runs the service with real backing services', async (t) => {
  await requireEngine()
  await build(`${image}:${tag}`, { VERSION: '1.2.3' })
  t.teardown(() => docker('image', 'rm', '--force', `${image}:${tag}`))
  const images = await backingServices(t)
  const stack = new Stack(t, { ...images, DOCKER_IMAGE: image, DOCKER_TAG: tag })
  await stack.up()
  const { Id, State: started } = await stack.inspect('app')
  const all = (status: string) => ({ postgres: status, redis: status })

  await t.test('all of it is healthy, and so says the heartbeat', async (t) => {
    for (const service of ['app', 'postgres', 'redis', 'statsd'])
      t.equal((await stack.inspect(service)).State.Health.Status, 'healthy', service)
    t.strictSame(await stack.heartbeat(), { status: 200, checks: all('ok') })
    t.match(await (await stack.get('/__version__')).json(), { version: '1.2.3' })
  })

  await t.test('the service is confined as the file says', async (t) => {
    const { HostConfig, Config, Mounts } = await stack.inspect('app')
    t.equal(Config.User, 'app')
    t.match(Mounts, [{ Type: 'volume', Destination: '/mnt/notifications' }])
    t.equal(Mounts.length, 1)
    t.match(HostConfig, {
      ReadonlyRootfs: true,
      CapDrop: ['ALL'],
      SecurityOpt: ['no-new-privileges:true'],
      Memory: 256 * 2 ** 20,
      NanoCpus: 1e9,
      PidsLimit: 64,
      Privileged: false
    })
    const script = `
      grep -E '^(Uid|CapEff|CapBnd|NoNewPrivs):' /proc/1/status | tr -s '[:space:]' ' '
      touch /app/new 2>&1 || true
      cp /bin/true /tmp && /tmp/true || true`
    t.match(
      await stack.compose('exec', '-T', 'app', 'sh', '-c', `exec 2>&1; ${script}`),
      /^Uid: 10001 .*CapEff: 0+ CapBnd: 0+ NoNewPrivs: 1 .*Read-only file system.*\/tmp\/true: Permission denied$/s
    )
  })

  await t.test('statsd gets the metrics, and understands each', async (t) => {
    const counted = /'http\.requests;method=GET;route=-__heartbeat__;status=2xx': \d/
    const counters = await until(
      () => ask(stack, 'counters'),
      (text) => counted.test(text)
    )
    t.match(counters, counted)
    t.match(counters, /'heartbeat\.results;check=postgres;status=ok': \d/)
    t.match(counters, /'statsd\.bad_lines_seen': 0,/)
    t.match(await ask(stack, 'gauges'), /'memory\.rss_bytes': [1-9]\d{6}/)
  })

  const failures = [
    { service: 'redis', end: 'stop', repair: 'start', checks: { postgres: 'ok', redis: 'error' } },
    // It hangs: connections stay, and nothing is refused.
    { service: 'postgres', end: 'pause', repair: 'unpause', checks: { postgres: 'error', redis: 'ok' } }
  ]
  for (const { service, end, repair, checks } of failures) {
    await t.test(`${end} ${service}: the heartbeat says so, and that it recovers`, async (t) => {
      await stack.compose(end, service)
      const heartbeat = () => stack.heartbeat()
      t.strictSame(await until(heartbeat, ({ status }) => status !== 200), { status: 503, checks })
      t.equal((await stack.get('/__lbheartbeat__')).status, 200)
      await stack.compose(repair, service)
      t.strictSame(await until(heartbeat, ({ status }) => status === 200), { status: 200, checks: all('ok') })
    })
  }

  await t.test('none of that started the service again', async (t) => {
    const { Id: id, State, RestartCount } = await stack.inspect('app')
    t.strictSame([id, State.StartedAt, RestartCount], [Id, started.StartedAt, 0])
  })

  await t.test('it ends with code 0 when it is stopped', async (t) => {
    await stack.get('/__lbheartbeat__') // its connection is kept alive
    await stack.compose('stop', 'app')
    t.match((await stack.inspect('app')).State, { Status: 'exited', ExitCode: 0, OOMKilled: false })
  })

  await t.test('data outlives the containers, until it is removed too', async (t) => {
    const psql = (command: string) =>
      stack.compose(
        ...[
          'exec',
          '-T',
          'postgres',
          'psql',
          '--username=demo',
          '--dbname=demo',
          '--no-align',
          '--tuples-only'
        ],
        `--command=${command}`
      )
    const redis = (...command: string[]) => stack.compose('exec', '-T', 'redis', 'redis-cli', ...command)
    await psql("CREATE TABLE kept AS SELECT 'a row' AS what")
    await redis('set', 'kept', 'a value')
    const volumes = await stack.volumes()
    t.strictSame(
      volumes,
      ['notifications', 'postgres', 'redis'].map((name) => `${stack.project}_data_${name}`)
    )

    await stack.compose('down')
    t.equal(await stack.compose('ps', '--all', '--quiet'), '')
    await stack.up()
    t.not((await stack.inspect('app')).Id, Id, 'it is another container')
    t.equal(await psql('SELECT what FROM kept'), 'a row')
    t.equal(await redis('get', 'kept'), 'a value')

    await stack.compose('down', '--volumes')
    for (const name of volumes)
      await t.rejects(docker('volume', 'inspect', name), { message: /no such volume/i })
  })
})
