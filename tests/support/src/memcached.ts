import { without } from './programs.ts'
import { Service } from './service.ts'

export const withoutMemcached = (): string | false => without('memcached')

/** A memcached server of its own. */
export class MemcachedServer extends Service {
  static create(): Promise<MemcachedServer> {
    return MemcachedServer.launch({
      program: 'memcached',
      // As root it runs only when it is given a user.
      args: (port) => [
        ...['-p', `${port}`, '-l', '127.0.0.1', '-m', '8'],
        ...(process.getuid?.() === 0 ? ['-u', 'root'] : [])
      ]
    })
  }
}
