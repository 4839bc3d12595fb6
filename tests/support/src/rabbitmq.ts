import { execFile } from 'node:child_process'
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { freePort, without } from './programs.ts'
import { answers, Service } from './service.ts'

// The programs of the path insist on the machine's own broker; these are the ones that they start.
const programs = '/usr/lib/rabbitmq/bin'

export const withoutRabbitmq = (): string | false => without('rabbitmq-server')

/** Erlang's directory of nodes: one of the broker's own, since the machine's would be shared with others. */
class Epmd extends Service {}

/** A RabbitMQ broker of its own, with the user `demo`. */
export class RabbitmqServer extends Service {
  #epmd: Epmd | undefined
  #env: Record<string, string> = {}
  #password = ''

  static async create(password = 'a-password'): Promise<RabbitmqServer> {
    const epmd = await Epmd.launch({
      program: 'epmd',
      args: (port) => ['-port', `${port}`, '-address', '127.0.0.1']
    })
    const dist = await freePort()
    const env = (port: number, folder: string) => ({
      HOME: folder,
      ERL_EPMD_ADDRESS: '127.0.0.1',
      ERL_EPMD_PORT: `${epmd.port}`,
      RABBITMQ_CONFIG_FILE: join(folder, 'rabbitmq.conf'),
      RABBITMQ_CONF_ENV_FILE: '/dev/null',
      RABBITMQ_DIST_PORT: `${dist}`,
      RABBITMQ_ENABLED_PLUGINS_FILE: join(folder, 'enabled_plugins'),
      RABBITMQ_LOG_BASE: join(folder, 'log'),
      RABBITMQ_MNESIA_BASE: join(folder, 'mnesia'),
      RABBITMQ_NODENAME: `dockerflow-${port}@localhost`,
      // the process that is started is then the broker itself, not a shell that waits for it
      RUNNING_UNDER_SYSTEMD: 'true'
    })
    const server = await RabbitmqServer.launch({
      program: join(programs, 'rabbitmq-server'),
      async prepare(folder, port) {
        const settings = [
          `listeners.tcp.1 = 127.0.0.1:${port}`,
          'distribution.listener.interface = 127.0.0.1',
          'default_user = demo',
          `default_pass = ${password}`,
          'disk_free_limit.absolute = 1MB',
          'log.console = false'
        ]
        await writeFile(join(folder, 'rabbitmq.conf'), `${settings.join('\n')}\n`)
        await writeFile(join(folder, 'enabled_plugins'), '[].\n')
      },
      args: () => [],
      env,
      // The protocol's header is answered by the broker's greeting.
      ready: (port) => answers(port, Buffer.from('AMQP\0\0\x09\x01', 'latin1'))
    }).catch(async (err) => {
      await epmd.remove()
      throw err
    })
    server.#epmd = epmd
    server.#env = env(server.port, server.folder)
    server.#password = password
    return server
  }

  get url(): string {
    return `amqp://demo:${encodeURIComponent(this.#password)}@127.0.0.1:${this.port}`
  }

  /** Runs a command of `rabbitmqctl`, and returns what it says: a row for each line. */
  async control(...args: string[]): Promise<string[]> {
    const { stdout } = await promisify(execFile)(join(programs, 'rabbitmqctl'), ['--silent', ...args], {
      cwd: this.folder,
      env: { ...process.env, ...this.#env }
    })
    return stdout.split('\n').filter((line) => line !== '')
  }

  override async remove(): Promise<void> {
    await super.remove()
    await this.#epmd?.remove()
  }
}
