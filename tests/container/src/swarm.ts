import { execFile, spawn } from 'node:child_process'
import { randomUUID } from 'node:crypto'
import { once } from 'node:events'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { promisify } from 'node:util'
import { cleanEnvironment } from '@dockerflow/testing/docker-plugins'
import { freePort } from '@dockerflow/testing/programs'
import { root } from '@dockerflow/testing/root'
import type { Test } from 'tap'
import { docker, print } from './engine.ts'

const run = promisify(execFile)

// Undoes what the test did to the engine once its stdin ends, which is when the test's process has ended, by SIGKILL
// too. Leaving a swarm removes all that runs in it; of one that isn't the test's, only the stack goes.
const undo = `
trap '' INT TERM HUP
stack=$1 joined=$2 bridge=$3
cat
of_stack="label=com.docker.stack.namespace=$stack"
if [ "$joined" ]; then docker swarm leave --force; else docker stack rm "$stack"; fi
for _ in $(seq 120); do
  [ "$(docker ps --all --quiet --filter "$of_stack")" ] || break
  sleep 0.5
done
docker volume ls --quiet --filter "$of_stack" | xargs --no-run-if-empty docker volume rm
[ -z "$bridge" ] || docker network rm docker_gwbridge
`

/** What Docker says of the swarm that the engine is in. */
interface SwarmInfo {
  LocalNodeState: string
  ControlAvailable: boolean
  /** Of which there are some where this engine is a manager. */
  Nodes?: number
}

/** Whether the engine is in no swarm yet; throws where it is in one that can't run images of this engine alone. */
async function isFree(): Promise<boolean> {
  const info: SwarmInfo = JSON.parse(await print('info', '--format={{json .Swarm}}'))
  if (info.LocalNodeState === 'inactive') return true
  if (info.LocalNodeState === 'active' && info.ControlAvailable && info.Nodes === 1) return false
  throw new Error(
    'this engine is part of a swarm that it isn’t the one node of. The test deploys images that only this engine has, and changes no swarm of yours: name another engine with DOCKER_HOST'
  )
}

/** docker/stack.yaml, deployed under a name of its own. */
export class SwarmStack {
  readonly name = `dockerflow-test-${randomUUID().slice(0, 8)}`
  readonly #env: NodeJS.ProcessEnv
  /** Where its proxy answers. */
  readonly url: string

  private constructor(env: Record<string, string>, port: number) {
    this.#env = { ...cleanEnvironment(), PORT: String(port), ...env }
    this.url = `http://127.0.0.1:${port}`
  }

  /**
   * Deploys it, in a swarm on loopback that the engine enters for the test, or in the one that it is already in, which
   * it then doesn't leave. Resolves once all of it runs. However the test ends, the stack, its data and that swarm end
   * with it.
   * @param env what stack.yaml is to be filled in with
   */
  static async start(t: Test, env: Record<string, string>): Promise<SwarmStack> {
    const joins = await isFree()
    // Docker makes this network for a swarm, and publishes ports on its address: every one, unless it is there.
    const bridge = await docker('network', 'inspect', 'docker_gwbridge').then(
      () => false,
      () => true
    )
    const stack = new SwarmStack(env, await freePort())
    const args = ['-c', undo, 'undo', stack.name, joins ? 'joined' : '', joins && bridge ? 'bridge' : '']
    const undoing = spawn('sh', args, { detached: true, stdio: ['pipe', 'ignore', 'ignore'] })
    t.teardown(async () => {
      undoing.stdin.end()
      await once(undoing, 'exit')
    })
    if (joins) {
      if (bridge)
        await docker(
          ...['network', 'create', '--driver=bridge', '--opt=com.docker.network.bridge.enable_icc=false'],
          '--opt=com.docker.network.bridge.enable_ip_masquerade=true',
          '--opt=com.docker.network.bridge.host_binding_ipv4=127.0.0.1',
          `--opt=com.docker.network.bridge.name=df${stack.name.slice(-8)}`,
          'docker_gwbridge'
        )
      const port = await freePort()
      t.comment('the engine enters a swarm of its own on loopback, and leaves it when the test ends')
      await docker('swarm', 'init', `--advertise-addr=127.0.0.1:${port}`, `--listen-addr=127.0.0.1:${port}`)
    } else t.comment('the engine is in a swarm already: it stays there, and the stack alone is removed')
    await stack.deploy({})
    await stack.#poll(async () => {
      const services = await print(
        ...[
          'service',
          'ls',
          '--format={{.Replicas}}',
          `--filter=label=com.docker.stack.namespace=${stack.name}`
        ]
      )
      return services.split('\n').every((replicas) => /^(\d+)\/\1$/.test(replicas))
    })
    await stack.#poll(async () => (await fetch(stack.url).catch(() => undefined))?.ok)
    return stack
  }

  /** Deploys it again, with settings that stay. */
  async deploy(env: Record<string, string>): Promise<void> {
    Object.assign(this.#env, env)
    const file = join(root, 'docker/stack.yaml')
    const args = ['stack', 'deploy', '--resolve-image=never', `--compose-file=${file}`, this.name]
    await run('docker', args, { env: this.#env })
  }

  /** Puts back what the last update replaced. */
  async rollback(): Promise<void> {
    await docker('service', 'rollback', '--detach', `${this.name}_app`)
  }

  /** Resolves once an update is over, one way or the other, and what it replaced has ended; with how it went. */
  async settled(): Promise<string> {
    let state = ''
    await this.#poll(async () => {
      const format = '--format={{if .UpdateStatus}}{{.UpdateStatus.State}}{{end}}'
      state = await print('service', 'inspect', format, `${this.name}_app`)
      return /completed|paused/.test(state) && (await this.replicas()).length === 3
    })
    return state
  }

  /** The containers of the service that run, whether they are healthy yet or drain. */
  async replicas(): Promise<string[]> {
    const service = `--filter=label=com.docker.swarm.service.name=${this.name}_app`
    return (await print('ps', '--quiet', service)).split('\n').filter(Boolean).sort()
  }

  /** The versions that a dozen answers say, behind the proxy. */
  async versions(): Promise<string[]> {
    const found = new Set<string>()
    for (let i = 0; i < 12; i++) {
      const { version } = (await (await fetch(`${this.url}/__version__`)).json()) as { version: string }
      found.add(version)
    }
    return [...found].sort()
  }

  /** Asks until it is so; throws with what swarm says of the tasks where that takes five minutes. */
  async #poll(ask: () => Promise<unknown>): Promise<void> {
    for (const end = Date.now() + 300_000; !(await ask()); await sleep(200)) {
      if (Date.now() > end) throw new Error(await print('stack', 'ps', '--no-trunc', this.name))
    }
  }
}
