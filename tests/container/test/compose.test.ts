import { execFile } from 'node:child_process'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { cleanEnvironment } from '@dockerflow/testing/docker-plugins'
import { root } from '@dockerflow/testing/root'
import { test } from 'tap'
import { parse } from 'yaml'

const variables = {
  DOCKER_IMAGE: 'registry.example.org/demo',
  DOCKER_SOURCE: 'https://git.example.org/demo',
  DOCKER_VERSION: '1.2.3 "quoted"\nand more',
  DOCKER_COMMIT: '0123456789abcdef0123456789abcdef01234567',
  DOCKER_BUILD: 'https://ci.example.org/jobs/7'
}

/** Runs a plugin of the docker command, without an engine; resolves with what it printed. */
async function plugin(env: Record<string, string>, ...args: string[]) {
  const options = { cwd: root, env: { ...cleanEnvironment(), ...env } }
  return (await promisify(execFile)('docker', args, options)).stdout
}

const bake = async (targets: string[], env: Record<string, string> = {}) =>
  JSON.parse(
    await plugin(
      { ...variables, ...env },
      'buildx',
      'bake',
      '--file=docker/docker-bake.hcl',
      '--print',
      ...targets
    )
  ).target

const compose = async (env: Record<string, string>, ...files: string[]) =>
  parse(
    await plugin(
      env,
      'compose',
      ...['compose', ...files].map((name) => `--file=docker/${name}.yaml`),
      'config'
    )
  )

test('bake builds each stage for what it is, and tells it what it is built from', async (t) => {
  const targets = await bake(['app', 'test', 'dev', 'release'])
  const stages = { app: 'production', test: 'test', dev: 'development', release: 'production' }
  for (const [name, stage] of Object.entries(stages)) {
    t.equal(targets[name].target, stage)
    t.match(targets[name].args, {
      SOURCE: variables.DOCKER_SOURCE,
      VERSION: variables.DOCKER_VERSION,
      COMMIT: variables.DOCKER_COMMIT,
      BUILD: variables.DOCKER_BUILD
    })
  }
  t.equal(targets.app.args.RELEASE, undefined)
})

test('no image says that it was made when it was built, also where Git knows no time', async (t) => {
  for (const [given, taken] of [
    ['1700000000', '1700000000'],
    ['', '315532800']
  ] as const) {
    const { app } = await bake(['app'], { SOURCE_DATE_EPOCH: given })
    t.equal(app.args.SOURCE_DATE_EPOCH, taken)
  }
})

test('a release is for both platforms, from no cache, with provenance and SBOM, and refuses blanks', async (t) => {
  const { release } = await bake(['release'])
  t.strictSame(release.platforms, ['linux/amd64', 'linux/arm64'])
  t.strictSame(release.attest, ['type=provenance,mode=max', 'type=sbom'])
  t.equal(release['no-cache'], true)
  t.equal(release.args.RELEASE, '1')
})

test('compose confines the service, and starts it once its backing services are healthy', async (t) => {
  const { services, volumes } = await compose({})
  t.match(services.app, {
    read_only: true,
    cap_drop: ['ALL'],
    security_opt: ['no-new-privileges:true'],
    pids_limit: 64,
    mem_limit: '268435456',
    depends_on: {
      postgres: { condition: 'service_healthy' },
      redis: { condition: 'service_healthy' },
      statsd: { condition: 'service_healthy' }
    }
  })
  t.match(services.app.volumes, [{ type: 'volume', target: '/mnt/notifications' }])
  t.equal(services.app.environment.NOTIFICATIONS_DIR, '/mnt/notifications')
  t.match(services.app.tmpfs, [/^\/mnt:.*noexec.*size=/])
  t.ok(services.app.ports.every((port: { host_ip: string }) => port.host_ip === '127.0.0.1'))
  for (const [name, { image, ports }] of Object.entries<{ image: string; ports?: unknown }>(services)) {
    if (name === 'app') continue
    t.match(image, /:.*\d/, 'has a version')
    t.equal(ports, undefined, 'is reached by the service alone')
  }
  for (const name of ['postgres', 'redis', 'statsd']) t.ok(services[name].healthcheck.test.length > 1)
  t.strictSame(Object.keys(volumes), ['data_notifications', 'data_postgres', 'data_redis'])
})

test('what the services print is bounded, and the volume of the database may be external', async (t) => {
  const { services, volumes } = await compose({ DATA_VOLUME: 'mine' }, 'compose.external')
  for (const [name, { logging }] of Object.entries<{ logging: unknown }>(services))
    t.strictSame(logging, { driver: 'json-file', options: { 'max-size': '10m', 'max-file': '3' } }, name)
  t.strictSame(volumes.data_postgres, { name: 'mine', external: true })
})

test('compose for development mounts the sources, as the host user', async (t) => {
  const { app } = (await compose({ HOST_UID: '1234', HOST_GID: '567' }, 'compose.dev')).services
  t.equal(app.user, '1234:567')
  t.equal(app.build.target, 'development')
  t.match(
    app.volumes.filter(({ type }: { type: string }) => type === 'bind'),
    [{ target: '/app/apps/demo/src', read_only: true }]
  )
  t.ok(app.develop.watch.length > 0)
})

test('compose for CI runs one image by its digest, and mounts and builds nothing', async (t) => {
  const DOCKER_DIGEST = `sha256:${'0'.repeat(64)}`
  const env = { DOCKER_IMAGE: variables.DOCKER_IMAGE, DOCKER_DIGEST }
  const { services, volumes } = await compose(env, 'compose.ci')
  t.equal(services.app.image, `${variables.DOCKER_IMAGE}@${DOCKER_DIGEST}`)
  t.equal(services.app.build, undefined)
  t.equal(services.app.read_only, true)
  for (const service of Object.values<{ volumes?: unknown }>(services)) t.notOk(service.volumes)
  t.equal(volumes, undefined)
  await t.rejects(compose({ DOCKER_IMAGE: 'a' }, 'compose.ci'), { message: /DOCKER_DIGEST/ })
})

test('the stand-ins of the backing services are made with the Node that the image is made with', async (t) => {
  const node = async (path: string) =>
    (await readFile(join(root, path), 'utf8')).match(/^ARG NODE_IMAGE=.+$/m)?.[0]
  t.match(await node('docker/Dockerfile'), /node:/)
  t.equal(
    await node('tests/container/test/fixtures/backing-services/Dockerfile'),
    await node('docker/Dockerfile')
  )
})
