import { execFileSync } from 'node:child_process'
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { find, without } from './programs.ts'
import { Service } from './service.ts'

export const withoutMariadb = (): string | false => without('mariadb-server')

// MariaDB refuses to run as root unless told so.
const asRoot = () => (process.getuid?.() === 0 ? ['--user=root'] : [])

/** A MariaDB server of its own, with the user `demo` and the database `demo`. */
export class MariadbServer extends Service {
  static create(password = 'a-password', flags: string[] = []): Promise<MariadbServer> {
    return MariadbServer.launch({
      program: 'mariadbd',
      async prepare(folder) {
        const user = `'demo'@'127.0.0.1'`
        const sql = [
          'CREATE DATABASE IF NOT EXISTS demo;',
          `CREATE USER IF NOT EXISTS ${user} IDENTIFIED BY '${password}';`,
          `GRANT ALL ON *.* TO ${user};`
        ]
        await writeFile(join(folder, 'init.sql'), sql.join('\n'))
        const settings = ['--no-defaults', '--auth-root-authentication-method=normal']
        execFileSync(
          find('mariadb-install-db') as string,
          [...settings, '--skip-test-db', `--datadir=${join(folder, 'data')}`, ...asRoot()],
          { cwd: folder, stdio: ['ignore', 'ignore', 'pipe'] }
        )
      },
      args: (port, folder) => [
        '--no-defaults',
        `--datadir=${join(folder, 'data')}`,
        `--init-file=${join(folder, 'init.sql')}`,
        `--socket=${join(folder, 'socket')}`,
        `--pid-file=${join(folder, 'pid')}`,
        '--bind-address=127.0.0.1',
        `--port=${port}`,
        '--innodb-buffer-pool-size=16M',
        '--innodb-flush-log-at-trx-commit=0',
        ...asRoot(),
        ...flags
      ]
    })
  }
}
