import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { freePort, without } from './programs.ts'
import { answers, Service } from './service.ts'

export const withoutNats = (): string | false => without('nats-server')

/** A NATS server of its own, with the user `demo`. */
export class NatsServer extends Service {
  #monitor = 0

  static async create(password = 'a-password'): Promise<NatsServer> {
    const monitor = await freePort()
    const server = await NatsServer.launch({
      program: 'nats-server',
      async prepare(folder, port) {
        const settings = {
          listen: `127.0.0.1:${port}`,
          http: `127.0.0.1:${monitor}`,
          authorization: { user: 'demo', password }
        }
        await writeFile(join(folder, 'nats.conf'), JSON.stringify(settings))
      },
      args: () => ['-c', 'nats.conf'],
      ready: answers
    })
    server.#monitor = monitor
    return server
  }

  /** How many connections clients have, as the server counts them. */
  async connections(): Promise<number> {
    const res = await fetch(`http://127.0.0.1:${this.#monitor}/connz`, { headers: { connection: 'close' } })
    const { num_connections } = (await res.json()) as { num_connections: number }
    return num_connections
  }
}
