import { without } from './programs.ts'
import { Service } from './service.ts'

export const withoutRedis = (): string | false => without('redis-server')

/** A Redis server of its own, which keeps nothing on disk unless told so. */
export class RedisServer extends Service {
  /**
   * @param password Of the default user; none where it is empty.
   * @param flags More of the server's configuration, such as `['--cluster-enabled', 'yes']`.
   */
  static create(password = 'a-password', flags: string[] = []): Promise<RedisServer> {
    return RedisServer.launch({
      program: 'redis-server',
      args: (port, folder) => [
        ...['--port', `${port}`, '--bind', '127.0.0.1', '--dir', folder, '--save', ''],
        ...(password === '' ? [] : ['--requirepass', password]),
        ...flags
      ]
    })
  }
}
