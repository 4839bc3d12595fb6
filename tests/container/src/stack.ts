import { execFile } from 'node:child_process'
import { randomUUID } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { promisify } from 'node:util'
import { cleanEnvironment } from '@dockerflow/testing/docker-plugins'
import { root } from '@dockerflow/testing/root'
import type { Test } from 'tap'
import { inspect } from './container.ts'
import { docker } from './engine.ts'

const run = promisify(execFile)
const standIns = join(root, 'tests/container/test/fixtures/backing-services')

/**
 * Images of the backing services, by the variables that a compose file takes them from: the ones that it names where
 * they are there or can be pulled, else stand-ins of Debian's packages, which are removed when the test ends.
 */
export async function backingServices(
  t: Test,
  file = 'docker/compose.yaml'
): Promise<Record<string, string>> {
  const compose = readFileSync(join(root, file), 'utf8')
  const named = [...compose.matchAll(/\$\{((?!DOCKER)(\w+)_IMAGE):-([^}]+)\}/g)]
  const images = named.map(async ([, variable = '', service = '', official = '']) => {
    const there = await inspect(official)
      .catch(() => run('docker', ['pull', '--quiet', official], { timeout: 120_000 }))
      .catch(() => undefined)
    if (there) return [variable, official]
    const image = `dockerflow-test:${service.toLowerCase()}-${randomUUID()}`
    t.comment(`${official} can't be pulled: a stand-in is built`)
    await docker('build', `--target=${service.toLowerCase()}`, `--tag=${image}`, standIns)
    t.teardown(() => docker('image', 'rm', '--force', image))
    return [variable, image]
  })
  return Object.fromEntries(await Promise.all(images))
}

/** Asks until the answer will do, or half a minute is over; resolves with the last answer. */
export async function until<T>(ask: () => Promise<T>, done: (answer: T) => boolean): Promise<T> {
  for (const end = Date.now() + 30_000; ; await sleep(200)) {
    const answer = await ask()
    if (done(answer) || Date.now() > end) return answer
  }
}

/** The service and its backing services as compose runs them, apart from all else that the engine runs. */
export class Stack {
  readonly project = `dockerflow-test-${randomUUID()}`
  readonly #env: NodeJS.ProcessEnv

  /**
   * Names the project, and starts nothing. It is removed with all its data when the test ends.
   * @param env what the compose files are to be filled in with
   * @param files their names, without `.yaml`
   * @param folder of the compose files
   */
  constructor(t: Test, env: Record<string, string>, files = ['compose'], folder = join(root, 'docker')) {
    this.#env = {
      ...cleanEnvironment(),
      COMPOSE_PROJECT_NAME: this.project,
      COMPOSE_FILE: files.map((name) => join(folder, `${name}.yaml`)).join(':'),
      PORT: '0', // any free one
      ...env
    }
    t.teardown(async () => {
      await this.compose('unpause').catch(() => {}) // nothing is paused, unless a test failed half way
      await this.compose('down', '--volumes', '--remove-orphans', '--timeout=5')
    })
  }

  /** Runs `docker compose`; resolves with what it printed to stdout. */
  async compose(...args: string[]): Promise<string> {
    const options = { cwd: root, env: this.#env, timeout: 180_000 }
    return (await run('docker', ['compose', ...args], options)).stdout.trimEnd()
  }

  /** Starts all of it, of images that are there or can be pulled; resolves once it is healthy. */
  async up(): Promise<void> {
    await this.compose('up', '--detach', '--wait', '--no-build')
  }

  /** What the engine knows of the container of a service. */
  async inspect(service: string): ReturnType<typeof inspect> {
    return inspect(await this.compose('ps', '--all', '--quiet', service))
  }

  /** Asks the service, from outside. */
  async get(path: string): Promise<Response> {
    return fetch(`http://${await this.compose('port', 'app', '8000')}${path}`)
  }

  /** The status of the heartbeat, and what it says of each check. */
  async heartbeat(): Promise<{ status: number; checks: Record<string, string> }> {
    const res = await this.get('/__heartbeat__')
    return { status: res.status, checks: ((await res.json()) as { checks: Record<string, string> }).checks }
  }

  /** The names of the volumes that it has, those without a name of their own too. */
  async volumes(): Promise<string[]> {
    const containers = (await this.compose('ps', '--all', '--quiet')).split('\n').filter(Boolean)
    const mounts = (await Promise.all(containers.map(inspect))).flatMap(({ Mounts }) => Mounts)
    return mounts.flatMap(({ Type, Name }) => (Type === 'volume' ? [Name] : [])).sort()
  }
}
